import { spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import { projectRoot } from '../project';

/**
 * Has every process of a folder stopped and the folder removed when this process ends, however it ends: the kernel
 * then closes the pipe that the watchdog reads from.
 */
export function startWatchdog(folder: string): void {
  const extension = extname(__filename);
  const script = join(__dirname, `watchdog${extension}`);
  const loader = extension === '.ts' ? ['--require', 'tsx/cjs'] : [];
  const watchdog = spawn(process.execPath, [...loader, script, folder], {
    cwd: projectRoot(),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
}
