import type { KafkaRecord } from '../../src/domain/record';
import { decodeByParsing } from '../../src/kafka/decode-record';
import { scoreRecord } from '../../src/scoring/score-record';
import type { ScoringRules } from '../../src/scoring/rules';

/** What must have become of a record. */
export type ExpectedFate =
  | { kind: 'document'; source: Record<string, unknown> }
  | { kind: 'letter'; code: string; field: string }
  | { kind: 'filtered' };

/** Settings that a document depends on. */
export interface FateSettings {
  rules: ScoringRules;
  epoch: number;
  hash: (value: Buffer) => string;
  /** Of the topic; 1 unless it was created anew. */
  generation?: number;
}

/** The fate of one record of a partition, and the document as it must be stored, but for `ingested_at`. */
export function expectFate(partition: number, record: KafkaRecord, settings: FateSettings): ExpectedFate {
  const decoded = decodeByParsing(record);
  if (decoded.kind === 'filtered') return { kind: 'filtered' };
  if (decoded.kind === 'rejected') {
    return { kind: 'letter', code: decoded.rejection.code, field: decoded.rejection.field };
  }
  const own = decoded.document === undefined ? decoded.record : (JSON.parse(decoded.document) as object);
  // Not brought through JSON: it would make null of 1e999 and 0 of -0.
  const source = {
    ...own,
    anomaly: scoreRecord(decoded.record, settings.rules),
    kafka: {
      ...{ partition, offset: record.offset, timestamp: record.timestamp },
      // The first generation goes without saying.
      ...((settings.generation ?? 1) === 1 ? {} : { generation: settings.generation }),
    },
    epoch: settings.epoch,
    record_hash: settings.hash(record.value!),
  };
  return { kind: 'document', source };
}
