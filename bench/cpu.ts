import { readFileSync } from 'node:fs';

/** Ticks per second of /proc: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessUse {
  cpuSeconds: number;
  peakMemoryMb: number;
  /** What it has had written to a disk, in MB. */
  writtenMb: number;
}

/** CPU seconds spent, peak memory and bytes written of a process so far; undefined where there is no /proc. */
export function processUse(pid: number): ProcessUse | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      peakMemoryMb: Math.round(Number(peak) / 1024),
      writtenMb: Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0) / 1e6,
    };
  } catch {
    return undefined;
  }
}
