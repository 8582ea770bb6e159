import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from './process-identity';

/** Takes a lock file for this process; false while a living process holds it. A dead holder's lock is taken over. */
export function takeLock(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = readHolder(file);
  if (holder === undefined || isAlive(holder)) return false;
  // Renamed first: of several processes that see the dead holder, only one gets to remove the lock.
  const stale = `${file}.${process.pid}`;
  try {
    renameSync(file, stale);
  } catch {
    return false;
  }
  rmSync(stale);
  return takeLock(file);
}

/** Removes the lock file if it is ours. */
export function releaseLock(file: string): void {
  if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
}

/** Undefined while the holder is still writing, or when it let go in the meantime. */
function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
