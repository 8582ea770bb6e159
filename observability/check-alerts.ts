import { join } from 'node:path';
import { obtainPrometheus } from '../local/fetch/fetch-prometheus';
import { localFolder } from '../local/local-folder';
import { runCommand } from '../local/system/run-command';

const FOLDER = join(__dirname, 'prometheus');

/** `npm run alerts:check`: checks the configuration and the alert rules with promtool, and runs the rules' own tests. */
async function main(): Promise<void> {
  const { promtool } = await obtainPrometheus(localFolder(process.env), (line) => process.stderr.write(`${line}\n`));
  for (const args of [
    ['check', 'config', 'prometheus.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ]) {
    process.stdout.write(await runCommand(promtool, args, { cwd: FOLDER }));
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
