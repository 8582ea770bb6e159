import { processUse } from './cpu';

/** CPU seconds so far, by process; one that is gone is absent. */
export function cpuOf(pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).flatMap(([name, pid]) => {
      const use = processUse(pid);
      return use ? [[name, use.cpuSeconds] as const] : [];
    }),
  );
}

/** Cores that each process used between two readings, of those that were there at both. */
export function coresOf(
  before: Record<string, number>,
  after: Record<string, number>,
  elapsedMs: number,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).flatMap(([name, seconds]) => {
      const earlier = before[name];
      return earlier === undefined ? [] : [[name, ((seconds - earlier) * 1000) / elapsedMs] as const];
    }),
  );
}
