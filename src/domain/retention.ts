import { indexName } from './ids';

const MS_PER_DAY = 86_400_000;

/** The oldest day that is kept, `2026.11.22`: today and `retentionDays` whole days before it. */
export function oldestKeptDay(nowMs: number, retentionDays: number): string {
  return dayOf(nowMs - retentionDays * MS_PER_DAY);
}

/** The day of a time as indices are named after it, in UTC: `2026.11.22`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '.');
}

/** Start of the oldest day that is kept, milliseconds since the epoch. */
export function keptSinceMs(nowMs: number, retentionDays: number): number {
  return Date.parse(`${oldestKeptDay(nowMs, retentionDays).replaceAll('.', '-')}T00:00:00Z`);
}

/** True when a record's document would be deleted as soon as it is written: the index of its day has expired. */
export function isExpired(
  kafkaTimestampMs: number,
  nowMs: number,
  settings: { retentionDays: number; oldestDay?: string | undefined },
): boolean {
  const [, day = 'old'] = indexName('', kafkaTimestampMs, settings.oldestDay).split('-');
  return day !== 'old' && day < oldestKeptDay(nowMs, settings.retentionDays);
}
