import type { BatchRef } from '../domain/batch';
import { PipelineError, type PipelineErrorCode } from '../domain/errors';
import { formatOffset } from '../domain/offsets';
import type { Anomaly, IndexableRecord, KafkaRecord, Rejection } from '../domain/record';
import type { BulkPart, RecordIndex } from './ports';
import type { HeldLetter } from './redrive-ports';

/** A record, ready to be indexed. */
export interface ScoredRecord {
  source: KafkaRecord;
  decoded: IndexableRecord;
  anomaly: Anomaly;
  /** True when the source's bytes were edited. */
  edited: boolean;
}

/** A letter and its record, ready to be indexed. */
export interface RedriveItem {
  letter: HeldLetter;
  scored: ScoredRecord;
}

/** What became of one record: its document is there; it was refused; another record has its document. */
export type RedriveOutcome = 'written' | Rejection | 'foreign';

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
  const outcomes = new Map<string, RedriveOutcome>();
  const byPartition = new Map<string, RedriveItem[]>();
  for (const item of items) {
    const { generation, partition } = item.letter;
    const key = `${generation}/${partition}`;
    byPartition.set(key, [...(byPartition.get(key) ?? []), item]);
  }
  for (const some of byPartition.values()) await writeSome(topic, epoch, some, deps.index, outcomes);
  return outcomes;
}

async function writeSome(
  topic: string,
  epoch: number,
  items: RedriveItem[],
  index: RecordIndex,
  outcomes: Map<string, RedriveOutcome>,
): Promise<void> {
  const ref = refOf(topic, items);
  const builder = index.builder(ref, epoch);
  for (const { scored } of items) builder.add(scored.source, scored.decoded, scored.anomaly, scored.edited);
  const byOffset = new Map(items.map((item) => [item.letter.offset, item]));
  for (const part of builder.finish()) {
    const own = part.offsets.map((offset) => byOffset.get(offset)!);
    try {
      await writePart(part, ref, epoch, own, index, outcomes);
    } catch (error) {
      const code = error instanceof PipelineError ? error.code : undefined;
      if (code !== 'request_too_large' && code !== 'foreign_document') throw error;
      // One of them is to blame: alone, each shows for itself.
      if (own.length > 1) for (const item of own) await writeSome(topic, epoch, [item], index, outcomes);
      else if (code === 'foreign_document') outcomes.set(own[0]!.letter.id, 'foreign');
      else outcomes.set(own[0]!.letter.id, TOO_LARGE);
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
  own: RedriveItem[],
  index: RecordIndex,
  outcomes: Map<string, RedriveOutcome>,
): Promise<void> {
  const outcome = await index.write(part, ref, epoch, undefined, never);
  for (const item of [...outcome.indexed, ...outcome.duplicate]) outcomes.set(own[item]!.letter.id, 'written');
  for (const { item, type, detail } of outcome.rejected) {
    outcomes.set(own[item]!.letter.id, { code: 'mapping_rejected', field: '', detail: `${type}: ${detail}` });
  }
  if (outcome.unsettled.length === 0) return;
  const { code = 'bulk_unknown_error', type = '', status = 0 } = outcome.failure ?? {};
  const what = `${outcome.unsettled.length} of ${own.length} records not accepted: status ${status} ${type}`;
  throw new PipelineError(code as PipelineErrorCode, what);
}

function refOf(topic: string, items: RedriveItem[]): BatchRef {
  const { generation, partition } = items[0]!.letter;
  const offsets = items.map(({ letter }) => letter.offset);
  const from = formatOffset(Math.min(...offsets));
  const to = formatOffset(Math.max(...offsets) + 1);
  return { topic, generation, partition, from, to, count: items.length, bytes: 0 };
}
