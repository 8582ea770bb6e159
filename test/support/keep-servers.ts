import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { localFolder } from '../../local/local-folder';
import { startOwnServers } from './start-servers';
import stopServers from './stop-servers';

/**
 * Keeps the test servers up for many runs of single suites, which then start in seconds: `npm run test:servers`. Each such
 * run names the file that this prints. Suites of `exclusive` need servers of their own.
 */
async function main(): Promise<void> {
  const folder = localFolder(process.env);
  const file = join(folder, 'test-servers.json');
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const addresses = await startOwnServers();
  // Prometheus is named by the start itself.
  const prometheus = process.env['SLUICE_TEST_PROMETHEUS'];
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...addresses, ...(prometheus ? { SLUICE_TEST_PROMETHEUS: prometheus } : {}) }));
  process.stdout.write(`test servers are up; run suites with\n  SLUICE_TEST_KEPT_SERVERS=${file}\nStop with Ctrl+C.\n`);
  // A promise that only a signal ends keeps no process alive.
  const alive = setInterval(() => {}, 60_000);
  await stopped;
  clearInterval(alive);
  rmSync(file);
  await stopServers();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
