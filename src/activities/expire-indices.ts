import { oldestKeptDay } from '../domain/retention';
import type { IndexRetention } from './ports';

/** How long the indices of logs and of dead letters are kept, in whole days after their own. */
export interface Retention {
  retention: IndexRetention;
  retentionDays: number;
  letterRetention: IndexRetention;
  letterRetentionDays: number;
}

/** Deletes the indices of days that ended longer ago than they are kept, by the worker's clock; returns their names. */
export function createExpireIndices(deps: Retention & { now?: () => number }) {
  const now = deps.now ?? Date.now;
  return async function expireIndices(): Promise<string[]> {
    const logs = await deps.retention.deleteBefore(oldestKeptDay(now(), deps.retentionDays));
    return [...logs, ...(await deps.letterRetention.deleteBefore(oldestKeptDay(now(), deps.letterRetentionDays)))];
  };
}
