import { carriedOut, expiredSpans, type ExpiredIndex, type ExpiryKind } from '../domain/expiry';
import { indexName } from '../domain/ids';
import { isExpired } from '../domain/retention';
import type { ExpiryLog, IndexRetention } from './retention-ports';

/** What tells whether the retention has deleted something. */
export interface ExpiryDeps {
  expiryLog: ExpiryLog;
  retention: IndexRetention;
  letterRetention: IndexRetention;
  retentionDays: number;
  letterRetentionDays: number;
  oldestDay?: string | undefined;
}

/** Where a record is from, and the time that Kafka gave it. */
export interface PlacedRecord {
  generation: number;
  partition: number;
  offset: number;
  timestamp: number;
}

/** Says of records whether what stood for them has gone for its age. */
export interface Expired {
  document(record: PlacedRecord): boolean;
  letter(record: PlacedRecord): boolean;
}

/** What the retention has deleted, documents and dead letters. @throws PipelineError elasticsearch_* */
export async function readExpired(
  deps: Pick<ExpiryDeps, 'expiryLog' | 'retention' | 'letterRetention'>,
): Promise<ExpiredIndex[]> {
  const recorded = await deps.expiryLog.list();
  if (recorded.length === 0) return [];
  return carriedOut(recorded, [...(await deps.retention.list()), ...(await deps.letterRetention.list())]);
}

/**
 * Looks up which of some records must not be written any more. By the day rule: their day is older than what is kept now.
 * And by the records of the retention, which know of days that a longer retention would keep again: a day whose index
 * was deleted is not written anew, and where there is another index of that day since, what the deleted one held is not.
 *
 * @throws PipelineError elasticsearch_*
 */
export async function lookUpExpired(records: readonly PlacedRecord[], deps: ExpiryDeps): Promise<Expired> {
  const days = [...new Set(records.map(({ timestamp }) => dayOf(timestamp, deps.oldestDay)))];
  const recorded = days.length > 0 ? await deps.expiryLog.list(days) : [];
  const now = Date.now();
  const byRule = (retentionDays: number) => (record: PlacedRecord) =>
    isExpired(record.timestamp, now, { retentionDays, oldestDay: deps.oldestDay });
  const rules = { document: byRule(deps.retentionDays), letter: byRule(deps.letterRetentionDays) };
  if (recorded.length === 0) return rules;
  const documentGone = await deletedOf('logs', recorded, deps.retention, deps.oldestDay);
  const letterGone = await deletedOf('dead_letters', recorded, deps.letterRetention, deps.oldestDay);
  return {
    document: (record) => rules.document(record) || documentGone(record),
    letter: (record) => rules.letter(record) || letterGone(record),
  };
}

async function deletedOf(
  kind: ExpiryKind,
  recorded: readonly ExpiredIndex[],
  indices: IndexRetention,
  oldestDay: string | undefined,
): Promise<(record: PlacedRecord) => boolean> {
  const own = recorded.filter((one) => one.kind === kind);
  if (own.length === 0) return () => false;
  const live = await indices.list();
  const gone = carriedOut(own, live);
  const days = new Set(live.map(({ day }) => day));
  return (record) => {
    const day = dayOf(record.timestamp, oldestDay);
    const ofDay = gone.filter((one) => one.day === day);
    if (ofDay.length === 0) return false;
    return !days.has(day) || expiredSpans(ofDay, record).some(({ from, to }) => holds(from, record.offset, to));
  };
}

function holds(from: number, offset: number, to: number): boolean {
  return from <= offset && offset < to;
}

/** The day of the index that a record of this Kafka time belongs to, `2026.11.22`; `old` where it has none of its own. */
function dayOf(timestamp: number, oldestDay: string | undefined): string {
  return indexName('', timestamp, oldestDay).slice(1);
}
