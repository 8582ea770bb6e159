import { PipelineError } from '../domain/errors';
import type { KafkaRecord } from '../domain/record';
import type { AuditDeps } from './audit-ports';
import type { Span, Tally } from './audit-tally';
import { oldestKeptDay } from '../domain/retention';

/** Offsets of one read, at most: so many records are held at a time. */
const READ_OFFSETS = 10_000;
/** Holes that lie this close are read in one go: records between them cost less than another seek. */
const NEAR_OFFSETS = 1000;

/**
 * Asks Kafka what was at offsets where Elasticsearch has nothing, and counts each: a tombstone, no record, a record
 * whose index the retention deleted, or a record that is missing. Where Kafka has deleted its own, nobody knows.
 */
export async function explainHoles(
  topic: string,
  partition: number,
  holes: readonly Span[],
  tally: Tally,
  deps: Omit<AuditDeps, 'accounts' | 'letters'>,
  signal: AbortSignal,
): Promise<void> {
  for (const group of groupHoles(holes)) {
    const known = await read({ from: group[0]!.from, to: group.at(-1)!.to });
    const gone = await goneDays(known.records, deps, signal);
    for (const hole of group) explainHole(hole, known, gone, tally, deps);
  }

  /** What Kafka still has of a range. */
  async function read(range: Span): Promise<Known> {
    for (;;) {
      const ends = (await deps.topics.ends(topic).catch(kafkaAway)).get(partition);
      if (!ends) throw new PipelineError('topic_missing', `topic ${topic} has no partition ${partition}`);
      const from = Math.max(range.from, ends.low);
      if (from >= range.to) return { from, records: [] };
      try {
        return { from, records: (await deps.source.read(partition, from, range.to, signal)).records };
      } catch (error) {
        // Deleted since we asked.
        if (!(error instanceof PipelineError) || error.code !== 'offset_out_of_range') throw error;
        signal.throwIfAborted();
      }
    }
  }
}

interface Known {
  /** First offset that Kafka still has. */
  from: number;
  records: KafkaRecord[];
}

export function kafkaAway(error: unknown): never {
  if (error instanceof PipelineError) throw error;
  throw new PipelineError('kafka_unavailable', 'the ends of the topic cannot be read', { cause: error });
}

function explainHole(
  hole: Span,
  known: Known,
  gone: (timestampMs: number) => boolean,
  tally: Tally,
  { decode }: Pick<AuditDeps, 'decode'>,
): void {
  const start = Math.min(hole.to, Math.max(hole.from, known.from));
  tally.range('unverifiable', { from: hole.from, to: start });
  const records = known.records.filter(({ offset }) => offset >= start && offset < hole.to);
  tally.count('void', hole.to - start - records.length);
  for (const record of records) {
    if (decode(record).kind === 'filtered') tally.count('filtered');
    else if (gone(record.timestamp)) tally.count('expired');
    else tally.range('missing', { from: record.offset, to: record.offset + 1 });
  }
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
