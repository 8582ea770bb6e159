import type { BatchRef } from '../domain/batch';
import { refusedParts, rejectParts } from '../domain/message-parts';
import type { DecodedPart, KafkaRecord, PartRejection, Rejection, ScoredFields } from '../domain/record';
import { groupByKind } from '../domain/record-kind';
import { scoreRecord } from '../scoring/score-record';
import type { ScoringRules } from '../scoring/rules';

import type { BulkBuilder, BulkPart, DecodeRecord, RecordIndex } from './ports';

/** A batch decoded, scored and built into bulk bodies. A position is a record's place in the batch, from 0. */
export interface PreparedBatch {
  epoch: number;
  records: KafkaRecord[];
  parts: BulkPart[];
  /** Per part, the position of each of its items. */
  positions: number[][];
  rejected: { position: number; rejection: Rejection }[];
  /** Messages with several log records of which at least one is to be indexed. */
  several: SeveralPrepared[];
  filtered: number;
  anomalies: number;
  /** Attempts that have taken it to write it: two of them may do so side by side. */
  writers: number;
}

/** A message with several log records: how many, and those that are refused; each of the others is an item. */
export interface SeveralPrepared {
  position: number;
  of: number;
  refused: PartRejection[];
  /** By a replay: its good log records are written although its letter is there. */
  rewritten?: boolean;
}

export interface BatchRules {
  decode: DecodeRecord;
  rules: ScoringRules;
  index: Pick<RecordIndex, 'builder'>;
}

/** Decodes and scores every record of a batch. Pure but for the builder it fills; never throws for what a record holds. */
export function prepareBatch(ref: BatchRef, records: KafkaRecord[], epoch: number, deps: BatchRules): PreparedBatch {
  const preparing = prepareRecords(ref, records, epoch, deps);
  for (;;) {
    const step = preparing.next();
    if (step.done) return step.value;
  }
}

/** How long, in ms, one batch may keep a worker's event loop from everything else. */
const STRETCH_MS = 100;

/**
 * {@link prepareBatch} in stretches: what other partitions and the servers have to say gets its turn between them, also
 * where a batch takes a second.
 */
export async function prepareInStretches(
  ref: BatchRef,
  records: KafkaRecord[],
  epoch: number,
  deps: BatchRules,
): Promise<PreparedBatch> {
  const preparing = prepareRecords(ref, records, epoch, deps);
  for (let end = performance.now() + STRETCH_MS; ;) {
    const step = preparing.next();
    if (step.done) return step.value;
    if (performance.now() < end) continue;
    await new Promise((resolve) => setImmediate(resolve));
    end = performance.now() + STRETCH_MS;
  }
}

/** Records between two looks at the clock. */
const LOOK_RECORDS = 100;

/** Prepares a batch, records of one kind after each other. Stops every so many, so that whoever goes through it can do something else. */
function* prepareRecords(
  ref: BatchRef,
  records: KafkaRecord[],
  epoch: number,
  deps: BatchRules,
): Generator<undefined, PreparedBatch> {
  const builder = deps.index.builder(ref, epoch);
  const rejected: PreparedBatch['rejected'] = [];
  const several: SeveralPrepared[] = [];
  let filtered = 0;
  let anomalies = 0;
  const score = (fields: ScoredFields) => scoreRecord(fields, deps.rules);
  const order = groupByKind(records);
  for (let turn = 0; turn < records.length; turn += 1) {
    const position = order ? order[turn]! : turn;
    const source = records[position]!;
    if (turn % LOOK_RECORDS === LOOK_RECORDS - 1) yield;
    const taken = builder.addPlain(source, score);
    if (taken) {
      if (taken.is_anomaly) anomalies += 1;
      continue;
    }
    const decoded = deps.decode(source);
    if (decoded.kind === 'filtered') filtered += 1;
    else if (decoded.kind === 'rejected') rejected.push({ position, rejection: decoded.rejection });
    else if (decoded.kind === 'several') {
      const [of, refused] = [decoded.parts.length, refusedParts(decoded.parts)];
      anomalies += addParts(builder, source, decoded.parts, deps.rules);
      if (refused.length < of) several.push({ position, of, refused });
      else rejected.push({ position, rejection: rejectParts(of, refused) });
    } else {
      const anomaly = score(decoded.record);
      if (anomaly.is_anomaly) anomalies += 1;
      builder.add(source, decoded, anomaly);
    }
  }
  const parts = builder.finish();
  const positions = parts.map(({ offsets }) => positionsOf(offsets, records, order));
  if (order) for (const some of [rejected, several]) some.sort((one, other) => one.position - other.position);
  return { epoch, records, parts, positions, rejected, several, filtered, anomalies, writers: 0 };
}

/** Scores and builds the good ones of a message's log records. @returns how many are anomalies */
function addParts(
  builder: BulkBuilder,
  source: KafkaRecord,
  parts: readonly DecodedPart[],
  rules: ScoringRules,
): number {
  let anomalies = 0;
  parts.forEach((one, part) => {
    if (one.kind === 'rejected') return;
    const anomaly = scoreRecord(one.record, rules);
    if (anomaly.is_anomaly) anomalies += 1;
    builder.add(source, one, anomaly, { part, of: parts.length });
  });
  return anomalies;
}

/** The places of offsets in records, both in the order in which records were added; an offset may come several times. */
function positionsOf(offsets: number[], records: KafkaRecord[], order: number[] | undefined): number[] {
  let turn = 0;
  return offsets.map((offset) => {
    for (;;) {
      const position = order ? order[turn]! : turn;
      if (records[position]!.offset === offset) return position;
      turn += 1;
    }
  });
}
