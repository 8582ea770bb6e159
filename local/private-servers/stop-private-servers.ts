import { rmSync } from 'node:fs';
import { stopProcess } from '../system/stop-process';
import { readPids } from './pids';

/** Stops every process written down in a folder, by pid, and removes the folder unless SLUICE_KEEP=1. */
export async function stopPrivateServers(folder: string): Promise<void> {
  const pids = Object.values(readPids(folder)).filter((identity) => identity !== undefined);
  // The data goes as well, so there is nothing to flush: a short grace is enough.
  await Promise.all(pids.map((identity) => stopProcess(identity, 5_000)));
  if (process.env['SLUICE_KEEP'] !== '1') rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
