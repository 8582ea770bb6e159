import type { BatchRef } from '../domain/batch';
import { PipelineError, type PipelineErrorCode } from '../domain/errors';
import { formatOffset } from '../domain/offsets';
import { rejectParts } from '../domain/message-parts';
import type { Anomaly, IndexableRecord, KafkaRecord, MessagePart, PartRejection, Rejection } from '../domain/record';
import type { BulkPart, RecordIndex } from './ports';
import type { HeldLetter } from './redrive-ports';

/** A log record, ready to be indexed. */
export interface ScoredRecord {
  source: KafkaRecord;
  decoded: IndexableRecord;
  anomaly: Anomaly;
  /** Of one among several in its message. */
  place?: MessagePart | undefined;
  /** True when the source's bytes were edited. */
  edited: boolean;
}

/** What is to be written of a letter's message, and what is refused of it already. */
export interface ScoredMessage {
  /** Log records that the message holds. */
  of: number;
  /** Those that have no document yet. */
  records: ScoredRecord[];
  refused: PartRejection[];
}

/** A letter and its message, ready to be indexed. */
export interface RedriveItem {
  letter: HeldLetter;
  message: ScoredMessage;
}

/** What became of one message: its documents are there; it was refused; another record has its document. */
export type RedriveOutcome = 'written' | Rejection | 'foreign';

/** One log record on its way. */
interface Unit {
  item: RedriveItem;
  scored: ScoredRecord;
}

const never = new AbortController().signal;

/**
 * Indexes records at their own places, like the pipeline does; outcomes by letter id.
 *
 * @throws PipelineError when of some records nothing is known: all of them may be written again
 */
export async function writeScored(
  topic: string,
  epoch: number,
  items: RedriveItem[],
  deps: { index: RecordIndex },
): Promise<Map<string, RedriveOutcome>> {
  const outcomes = new Map<Unit, RedriveOutcome>();
  const units = items.map((item) => item.message.records.map((scored): Unit => ({ item, scored })));
  const byPartition = new Map<string, Unit[]>();
  for (const unit of units.flat()) {
    const { generation, partition } = unit.item.letter;
    const key = `${generation}/${partition}`;
    const some = byPartition.get(key);
    if (some) some.push(unit);
    else byPartition.set(key, [unit]);
  }
  for (const some of byPartition.values()) await writeSome(topic, epoch, some, deps.index, outcomes);
  return new Map(items.map((item, at) => [item.letter.id, outcomeOf(item.message, units[at]!, outcomes)]));
}

/** What becomes of a message when all of its log records have their outcome. */
function outcomeOf(
  { of, refused }: ScoredMessage,
  units: readonly Unit[],
  outcomes: ReadonlyMap<Unit, RedriveOutcome>,
): RedriveOutcome {
  const all = [...refused];
  for (const unit of units) {
    const outcome = outcomes.get(unit)!;
    if (outcome === 'foreign') return outcome;
    if (outcome === 'written') continue;
    if (!unit.scored.place) return outcome;
    all.push({ ...outcome, part: unit.scored.place.part });
  }
  return all.length === 0
    ? 'written'
    : rejectParts(
        of,
        all.sort((a, b) => a.part - b.part),
      );
}

async function writeSome(
  topic: string,
  epoch: number,
  units: Unit[],
  index: RecordIndex,
  outcomes: Map<Unit, RedriveOutcome>,
): Promise<void> {
  const ref = refOf(topic, units);
  const builder = index.builder(ref, epoch);
  for (const { scored } of units) {
    builder.add(scored.source, scored.decoded, scored.anomaly, scored.place, scored.edited);
  }
  const keyOf = (offset: number, part: number | undefined) => `${offset} ${part}`;
  const byPlace = new Map(
    units.map((unit) => [keyOf(unit.item.letter.offset, unit.scored.place?.part), unit] as const),
  );
  for (const part of builder.finish()) {
    const own = part.offsets.map((offset, item) => byPlace.get(keyOf(offset, part.places[item]))!);
    try {
      await writePart(part, ref, epoch, own, index, outcomes);
    } catch (error) {
      const code = error instanceof PipelineError ? error.code : undefined;
      if (code !== 'request_too_large' && code !== 'foreign_document') throw error;
      // One of them is to blame: alone, each shows for itself.
      if (own.length > 1) for (const unit of own) await writeSome(topic, epoch, [unit], index, outcomes);
      else outcomes.set(own[0]!, code === 'foreign_document' ? 'foreign' : TOO_LARGE);
    }
  }
}

const TOO_LARGE: Rejection = {
  code: 'too_large',
  field: '',
  detail: 'larger than Elasticsearch takes in one request',
};

async function writePart(
  part: BulkPart,
  ref: BatchRef,
  epoch: number,
  own: Unit[],
  index: RecordIndex,
  outcomes: Map<Unit, RedriveOutcome>,
): Promise<void> {
  const outcome = await index.write(part, ref, epoch, undefined, never);
  for (const item of [...outcome.indexed, ...outcome.duplicate]) outcomes.set(own[item]!, 'written');
  for (const { item, type, detail } of outcome.rejected) {
    outcomes.set(own[item]!, { code: 'mapping_rejected', field: '', detail: `${type}: ${detail}` });
  }
  if (outcome.unsettled.length === 0) return;
  const { code = 'bulk_unknown_error', type = '', status = 0 } = outcome.failure ?? {};
  const what = `${outcome.unsettled.length} of ${own.length} records not accepted: status ${status} ${type}`;
  throw new PipelineError(code as PipelineErrorCode, what);
}

function refOf(topic: string, units: Unit[]): BatchRef {
  const { generation, partition } = units[0]!.item.letter;
  const offsets = units.map(({ item }) => item.letter.offset);
  const from = formatOffset(offsets.reduce((least, offset) => Math.min(least, offset), Infinity));
  const to = formatOffset(offsets.reduce((most, offset) => Math.max(most, offset), 0) + 1);
  return { topic, generation, partition, from, to, count: units.length, bytes: 0 };
}
