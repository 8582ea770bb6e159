import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../../package.json';
import { projectRoot } from '../../../local/project';
import startServers from '../../support/start-servers';
import stopServers from '../../support/stop-servers';
import { RecordedPipeline } from './recorded-pipeline';
import { recordedRuns } from './recorded-runs';
import { playScenario } from './scenario';

/**
 * Records the histories of every workflow anew, on the real servers, under the version in package.json. Those of earlier
 * versions stay as they are: runs that began under them may still be open at an upgrade.
 */
async function main(): Promise<void> {
  const folder = join(projectRoot(), 'test', 'workflows', 'histories', version);
  await startServers();
  const pipeline = new RecordedPipeline();
  try {
    await pipeline.open();
    await playScenario(pipeline);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const { name, events, text } of await recordedRuns(pipeline.temporal, pipeline.topic)) {
      writeFileSync(join(folder, `${name}.json`), text);
      process.stdout.write(`${name}: ${events} events\n`);
    }
  } finally {
    await pipeline.close();
    await stopServers();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
