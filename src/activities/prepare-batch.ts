import type { BatchRef } from '../domain/batch';
import type { KafkaRecord, Rejection } from '../domain/record';
import { scoreRecord } from '../scoring/score-record';
import type { ScoringRules } from '../scoring/rules';
import type { BulkPart, DecodeRecord, RecordIndex } from './ports';

/** A batch decoded, scored and built into bulk bodies. A position is a record's place in the batch, from 0. */
export interface PreparedBatch {
  epoch: number;
  records: KafkaRecord[];
  parts: BulkPart[];
  /** Per part, the position of each of its items. */
  positions: number[][];
  rejected: { position: number; rejection: Rejection }[];
  filtered: number;
  anomalies: number;
}

/** Decodes and scores every record of a batch. Pure but for the builder it fills; never throws for what a record holds. */
export function prepareBatch(
  ref: BatchRef,
  records: KafkaRecord[],
  epoch: number,
  deps: { decode: DecodeRecord; rules: ScoringRules; index: Pick<RecordIndex, 'builder'> },
): PreparedBatch {
  const builder = deps.index.builder(ref, epoch);
  const rejected: PreparedBatch['rejected'] = [];
  let filtered = 0;
  let anomalies = 0;
  records.forEach((source, position) => {
    const decoded = deps.decode(source);
    if (decoded.kind === 'filtered') filtered += 1;
    else if (decoded.kind === 'rejected') rejected.push({ position, rejection: decoded.rejection });
    else {
      const anomaly = scoreRecord(decoded.record, deps.rules);
      if (anomaly.is_anomaly) anomalies += 1;
      builder.add(source, decoded, anomaly);
    }
  });
  const parts = builder.finish();
  const positions = parts.map(({ offsets }) => positionsOf(offsets, records));
  return { epoch, records, parts, positions, rejected, filtered, anomalies };
}

/** The places of offsets in records, both ascending. */
function positionsOf(offsets: number[], records: KafkaRecord[]): number[] {
  let position = -1;
  return offsets.map((offset) => {
    do position += 1;
    while (records[position]!.offset !== offset);
    return position;
  });
}
