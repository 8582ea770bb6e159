import { PipelineError } from '../domain/errors';
import { expiredSpans, type ExpiredIndex } from '../domain/expiry';
import { parseOffset, type OffsetGap } from '../domain/offsets';
import type { KafkaRecord } from '../domain/record';
import type { AuditDeps } from './audit-ports';
import type { Span, Tally } from './audit-tally';
import { oldestKeptDay } from '../domain/retention';

/** Offsets of one read, at most: so many records are held at a time. */
const READ_OFFSETS = 10_000;
/** Holes that lie this close are read in one go: records between them cost less than another seek. */
const NEAR_OFFSETS = 1000;

/** Where holes are, and what the retention has deleted. */
export interface HolePlace {
  topic: string;
  generation: number;
  partition: number;
  expired: readonly ExpiredIndex[];
}

/**
 * Asks Kafka what was at offsets where Elasticsearch has nothing, and counts each: a tombstone, no record, a record
 * whose index the retention deleted, or a record that is missing. Where Kafka has deleted its own, the retention's records
 * may tell; if they do not, and where a batch is damaged, nobody knows.
 */
export async function explainHoles(
  place: HolePlace,
  holes: readonly Span[],
  tally: Tally,
  deps: Omit<AuditDeps, 'accounts' | 'letters' | 'expired'>,
  signal: AbortSignal,
): Promise<void> {
  const { topic, partition } = place;
  const spans = expiredSpans(place.expired, place);
  for (const group of groupHoles(holes)) {
    const known = await read({ from: group[0]!.from, to: group.at(-1)!.to });
    const byRule = await goneDays(known.records, deps, signal);
    const judgeRecord = (record: KafkaRecord): void => {
      if (deps.decode(record).kind === 'filtered') tally.count('filtered');
      else if (isRecorded(record, place, deps.index)) tally.expired(1, true);
      else if (byRule(record.timestamp)) tally.expired(1, false);
      else tally.range('missing', { from: record.offset, to: record.offset + 1 });
    };
    for (const hole of group) explainHole(hole, known, spans, judgeRecord, tally);
  }

  /** What Kafka still has of a range. */
  async function read(range: Span): Promise<Known> {
    for (;;) {
      const ends = (await deps.topics.ends(topic).catch(kafkaAway)).get(partition);
      if (!ends) throw new PipelineError('topic_missing', `topic ${topic} has no partition ${partition}`);
      const from = Math.max(range.from, ends.low);
      if (from >= range.to) return { from, records: [], unreadable: [] };
      try {
        return { from, ...(await readAround({ from, to: range.to })) };
      } catch (error) {
        // Deleted since we asked.
        if (!(error instanceof PipelineError) || error.code !== 'offset_out_of_range') throw error;
        signal.throwIfAborted();
      }
    }
  }

  /** What can be read of a range, and what cannot. */
  async function readAround({ from, to }: Span): Promise<Omit<Known, 'from'>> {
    const records: KafkaRecord[] = [];
    const unreadable: Span[] = [];
    for (let [at, end] = [from, to]; at < to;) {
      try {
        records.push(...(await deps.source.read(partition, at, end, signal)).records);
        [at, end] = [end, to];
      } catch (error) {
        const dark = unreadableSpan(error);
        if (!dark) throw error;
        // First what stands before it.
        if (dark.from > at) end = dark.from;
        else {
          const span = { from: at, to: Math.min(dark.to, to) };
          unreadable.push(span);
          [at, end] = [span.to, to];
        }
      }
    }
    return { records, unreadable };
  }
}

interface Known {
  /** First offset that Kafka still has. */
  from: number;
  records: KafkaRecord[];
  /** Of record batches that are damaged. */
  unreadable: Span[];
}

/** The rest of a record batch that cannot be read, where that is what went wrong and its end is known. */
function unreadableSpan(error: unknown): Span | undefined {
  if (!(error instanceof PipelineError) || error.code !== 'batch_unreadable') return undefined;
  const gap = error.options.details?.at(-1) as OffsetGap | undefined;
  return gap && { from: parseOffset(gap.from), to: parseOffset(gap.to) };
}

export function kafkaAway(error: unknown): never {
  if (error instanceof PipelineError) throw error;
  throw new PipelineError('kafka_unavailable', 'the ends of the topic cannot be read', { cause: error });
}

function explainHole(
  hole: Span,
  known: Known,
  spans: readonly Span[],
  judgeRecord: (record: KafkaRecord) => void,
  tally: Tally,
): void {
  const start = Math.min(hole.to, Math.max(hole.from, known.from));
  let next = hole.from;
  for (const { from, to } of spans) {
    const expired = { from: Math.max(next, from), to: Math.min(start, to) };
    if (expired.to <= expired.from) continue;
    tally.range('unverifiable', { from: next, to: expired.from });
    tally.expired(expired.to - expired.from, true);
    next = expired.to;
  }
  tally.range('unverifiable', { from: next, to: start });
  const records = known.records.filter(({ offset }) => offset >= start && offset < hole.to);
  const dark = known.unreadable
    .map(({ from, to }) => ({ from: Math.max(from, start), to: Math.min(to, hole.to) }))
    .filter(({ from, to }) => from < to);
  for (const span of dark) tally.range('unverifiable', span);
  const unread = dark.reduce((sum, { from, to }) => sum + to - from, 0);
  tally.count('void', hole.to - start - records.length - unread);
  records.forEach(judgeRecord);
}

/** True when the retention has recorded that what stood for this record went with the index of its day. */
function isRecorded(
  { offset, timestamp }: KafkaRecord,
  { generation, partition, expired }: HolePlace,
  index: Pick<AuditDeps['index'], 'indexOf'>,
): boolean {
  const name = index.indexOf(timestamp);
  const ofDay = expired.filter(({ day }) => name.endsWith(`-${day}`));
  return expiredSpans(ofDay, { generation, partition }).some(({ from, to }) => from <= offset && offset < to);
}

/** Tells whether the index of a record's day was deleted for its age. Asks for the indices only if it may have been. */
async function goneDays(
  records: readonly KafkaRecord[],
  { index, retentionDays, now = Date.now }: Pick<AuditDeps, 'index' | 'retentionDays' | 'now'>,
  signal: AbortSignal,
): Promise<(timestampMs: number) => boolean> {
  const oldest = Date.parse(`${oldestKeptDay(now(), retentionDays).replaceAll('.', '-')}T00:00:00Z`);
  if (!records.some(({ timestamp }) => timestamp < oldest)) return () => false;
  const indices = await index.indices(signal);
  return (timestampMs) => timestampMs < oldest && !indices.has(index.indexOf(timestampMs));
}

/** Holes cut to what one read may cover, and those that lie close together. */
export function groupHoles(holes: readonly Span[]): Span[][] {
  const groups: Span[][] = [];
  for (const hole of holes) {
    for (let from = hole.from; from < hole.to; from += READ_OFFSETS) {
      const piece = { from, to: Math.min(hole.to, from + READ_OFFSETS) };
      const group = groups.at(-1);
      const near = group && piece.from - group.at(-1)!.to <= NEAR_OFFSETS;
      if (near && piece.to - group[0]!.from <= READ_OFFSETS) group.push(piece);
      else groups.push([piece]);
    }
  }
  return groups;
}
