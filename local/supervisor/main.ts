import { stackSpecs } from '../servers/stack-specs';
import { readEnvironment, resolveStackSettings } from '../stack-settings';
import { findJdk } from '../system/find-jdk';
import { stateFile } from './stack-state';
import { Supervisor } from './supervisor';

/** The detached process behind `make up`. It writes its own log and ends on SIGTERM, with all it started. */
async function main(): Promise<void> {
  const settings = resolveStackSettings(readEnvironment(process.env));
  const jdk = findJdk(process.env);
  if (!jdk) throw new Error('no JDK found');
  const supervisor = new Supervisor({
    groups: stackSpecs(settings, jdk.home),
    stateFile: stateFile(settings.localFolder),
    logFolder: settings.logFolder,
  });
  const stop = () => {
    supervisor.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await supervisor.start();
}

function fail(error: unknown): void {
  process.stderr.write(`${new Date().toISOString()} supervisor: ${String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
