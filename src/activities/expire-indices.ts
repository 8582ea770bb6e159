import type { IndexRetention } from './ports';

const MS_PER_DAY = 86_400_000;

/** Deletes the indices of days that ended more than `retentionDays` ago, by the worker's clock; returns their names. */
export function createExpireIndices(deps: { retention: IndexRetention; retentionDays: number; now?: () => number }) {
  const now = deps.now ?? Date.now;
  return async function expireIndices(): Promise<string[]> {
    return deps.retention.deleteBefore(oldestKeptDay(now(), deps.retentionDays));
  };
}

/** The oldest day that is kept, `2026.11.22`: today and `retentionDays` whole days before it. */
export function oldestKeptDay(nowMs: number, retentionDays: number): string {
  return new Date(nowMs - retentionDays * MS_PER_DAY).toISOString().slice(0, 10).replaceAll('-', '.');
}
