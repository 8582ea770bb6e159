import { rmSync } from 'node:fs';
import { stopProcess } from '../../local/system/stop-process';
import { readPids } from './servers';

/** Stops every server of a test run, by pid, and removes its folder unless SLUICE_KEEP=1. */
export async function stopTestServers(folder: string): Promise<void> {
  const pids = readPids(folder);
  // The data goes as well, so there is nothing to flush: a short grace is enough.
  await Promise.all(Object.values(pids).map((identity) => stopProcess(identity, 5_000)));
  if (process.env['SLUICE_KEEP'] !== '1') rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
