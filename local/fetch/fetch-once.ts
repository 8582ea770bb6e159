import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { releaseLock, takeLock } from '../system/lock';
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
