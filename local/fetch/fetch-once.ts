import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../system/process-identity';
import { waitUntil } from '../system/wait-until';

/** One line for the person who waits. */
export type Progress = (line: string) => void;

const LOCK_WAIT_MS = 30 * 60_000;

/**
 * Makes `folder` exist, built by `build` in a folder of its own and moved into place when complete. Of several
 * processes one builds and the others wait; a builder that died is replaced.
 */
export async function fetchOnce(
  folder: string,
  label: string,
  progress: Progress,
  build: (workFolder: string) => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  if (!takeLock(lock)) {
    progress(`${label}: another process is fetching it, waiting`);
    if (!(await waitUntil(() => existsSync(folder) || takeLock(lock), LOCK_WAIT_MS, 250))) {
      throw new Error(`${label}: still being fetched by another process; if there is none, remove ${lock}`);
    }
  }
  if (existsSync(folder)) {
    releaseLock(lock);
    return;
  }
  const workFolder = `${folder}.partial`;
  try {
    rmSync(workFolder, { recursive: true, force: true });
    mkdirSync(workFolder, { recursive: true });
    await build(workFolder);
    renameSync(workFolder, folder);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
    releaseLock(lock);
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = readHolder(lock);
  if (holder === undefined || isAlive(holder)) return false;
  // Renamed first: of several processes that see the dead holder, only one gets to remove the lock.
  const stale = `${lock}.${process.pid}`;
  try {
    renameSync(lock, stale);
  } catch {
    return false;
  }
  rmSync(stale);
  return takeLock(lock);
}

/** Removes the lock only if it is ours. */
function releaseLock(lock: string): void {
  if (readHolder(lock)?.pid === process.pid) rmSync(lock, { force: true });
}

/** Undefined while the holder is still writing, or when it let go in the meantime. */
function readHolder(lock: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
