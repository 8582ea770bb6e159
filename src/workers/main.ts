import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { ConfigError, describeConfig, loadConfig, type Config } from '../config';
import { PipelineError } from '../domain/errors';
import { createLogger, type Logger } from '../logger';
import { Shutdown } from '../shutdown';
import { loadTopics, type Topics } from '../topics/load-topics';
import { PipelineFileError } from '../topics/pipeline-file-error';
import { workflowCode } from './bundle';
import { createWorker } from './create-worker';
import { openDependencies } from './dependencies';
import { followFile } from './follow-file';
import { serveMetrics } from '../metrics/serve-metrics';
import { keepPipeline } from './keep-pipeline';
import { startTopics } from './start-topics';
import { tellPipeline, untilDone } from './start-topic';
import { installTemporalRuntime } from './temporal-runtime';
import { startWatchdog } from './watchdog';

type ReadTemporal = Awaited<ReturnType<typeof installTemporalRuntime>>;

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const topics = await loadTopics(config);
  const logger = createLogger('worker', config.process.logLevel);
  logger.info({ config: describeConfig(config), topics: topics.topics.map(({ kafka }) => kafka.topic) }, 'starting');
  const readTemporal = await installTemporalRuntime(logger);
  const shutdown = new Shutdown(logger);
  await work(config, topics, logger, shutdown, readTemporal).catch((error: unknown) => {
    // Its clients are being closed under it.
    if (!shutdown.stopping) throw error;
  });
}

/** Starts and runs the worker; resolves once it is told to stop. */
async function work(
  config: Config,
  topics: Topics,
  logger: Logger,
  shutdown: Shutdown,
  readTemporal: ReadTemporal,
): Promise<void> {
  let stopWorker = async () => {};
  shutdown.onSignal(async () => {
    await stopWorker();
    await shutdown.close();
  }, config.pipeline.shutdownGraceMs);
  const queue = `${config.temporal.taskQueue}@${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const look = () => void watch?.look().catch(() => undefined);
  const deps = await openDependencies(topics.topics, queue, logger, shutdown, readTemporal, look);
  const endpoint = { host: config.telemetry.metricsHost, port: config.telemetry.metricsPort };
  const metrics = await serveMetrics(endpoint, deps.collectMetrics, logger);
  if (metrics) shutdown.onClose('metrics', () => metrics.close());
  const isStopping = () => shutdown.stopping;
  const runtimes = [...deps.runtimes.values()];
  await startTopics(runtimes, deps, logger, isStopping);
  const worker = await untilDone(logger, 'start worker', isStopping, () =>
    createWorker({
      temporal: config.temporal,
      namespace: config.temporal.namespace,
      taskQueue: config.temporal.taskQueue,
      ownQueue: queue,
      activities: deps.activities,
      workflows: workflowCode(process.argv[2]),
      shutdownGraceMs: config.pipeline.shutdownGraceMs,
    }),
  );
  if (!worker || shutdown.stopping) return;
  const running = worker.run();
  const keeping = new AbortController();
  const watch = followFile(config, topics, deps, logger, isStopping);
  const tell = (error: Error) => logger.error({ err: error }, 'the pipeline file could not be looked at');
  const kept = Promise.all([
    watch?.run(keeping.signal, tell),
    ...runtimes.map((runtime) =>
      keepPipeline(deps.client, runtime.topic, () => tellPipeline(runtime, deps), logger, keeping.signal),
    ),
  ]);
  stopWorker = async () => {
    keeping.abort();
    worker.shutdown();
    deps.drain();
    await running;
    await kept;
    await worker.close();
  };
  startWatchdog({ limitMs: config.pipeline.freezeLimitMs, name: 'worker' });
  logger.info({ topics: [...deps.runtimes.keys()], queue }, 'running');
  await running;
  if (shutdown.stopping) return;
  throw new Error('the worker ended by itself');
}

main().catch((error: unknown) => {
  const known = [ConfigError, PipelineFileError, PipelineError].some((one) => error instanceof one);
  process.stderr.write(
    `sluice worker: ${known ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exit(1);
});
