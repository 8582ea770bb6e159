/** The fields of a log that tell it from all others, as far as anything does. */
export const TOLD_BY = ['@timestamp', 'service', 'request_id', 'message'] as const;

/** How often each log is there, by {@link logKey}. */
export type LogCounts = Map<string, number>;

/** @param log as a document, or as it was sent, with its time under `timestamp` */
export function logKey(log: Partial<Record<(typeof TOLD_BY)[number] | 'timestamp', unknown>>): string {
  return JSON.stringify(TOLD_BY.map((name) => log[name] ?? (name === '@timestamp' ? log.timestamp : null) ?? null));
}

export function countLog(counts: LogCounts, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Logs that were sent and are nowhere, and documents that are there once too often. */
export interface Losses {
  lost: number;
  doubled: number;
}

export function compareRecords(sent: LogCounts, found: LogCounts): Losses {
  const losses = { lost: 0, doubled: 0 };
  for (const [key, count] of sent) {
    const there = found.get(key) ?? 0;
    losses.lost += Math.max(0, count - there);
    losses.doubled += Math.max(0, there - count);
  }
  return losses;
}
