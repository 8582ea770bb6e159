import { execFileSync } from 'node:child_process';

/** Resident memory of a process in MiB; undefined when it is gone. */
export function memoryMb(pid: number): number | undefined {
  try {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
  } catch {
    return undefined;
  }
}
