import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Runs one real Elasticsearch node from the published jars, whose own command line is not published.
 * Arguments: the home folder (lib and modules, shared), the config folder (of this node alone).
 */
public final class SluiceElasticsearch {
  private static final String NODE = "local";

  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]);
    Path config = Path.of(args[1]);
    LogConfigurator.registerErrorListener();
    Settings base = Settings.builder().put("path.home", home.toString()).build();
    Environment env = InternalSettingsPreparer.prepareEnvironment(base, Map.of(), config, () -> NODE);
    LogConfigurator.setNodeName(NODE);
    LogConfigurator.configure(env, true);
    var modules = PluginsLoader.loadModulesBundles(env.modulesDir(), false);
    Node node = new Node(env, PluginsLoader.createPluginsLoader(modules, Set.of(), Map.of(), false));
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, closed)));
    node.start();
    closed.await();
  }

  private static void close(Node node, CountDownLatch closed) {
    try {
      node.prepareForClose();
      node.close();
      node.awaitClose(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      e.printStackTrace();
    } finally {
      closed.countDown();
    }
  }
}
