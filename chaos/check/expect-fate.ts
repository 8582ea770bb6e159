import type { KafkaRecord, LogRecord } from '../../src/domain/record';
import { decodeByParsing } from '../../src/kafka/decode-record';
import { scoreRecord } from '../../src/scoring/score-record';
import type { ScoringRules } from '../../src/scoring/rules';

/** A document as it must be stored. */
export interface ExpectedDocument {
  /** Of a message with several log records: which of them, from 0. */
  part?: number;
  source: Record<string, unknown>;
}

/** What must have become of a record. A letter's good log records have documents, where it holds several. */
export type ExpectedFate =
  | { kind: 'document'; documents: ExpectedDocument[] }
  | { kind: 'letter'; code: string; field: string; documents: ExpectedDocument[] }
  | { kind: 'filtered'; documents: [] };

/** Settings that a document depends on. */
export interface FateSettings {
  rules: ScoringRules;
  epoch: number;
  hash: (value: Buffer) => string;
  /** Of the topic; 1 unless it was created anew. */
  generation?: number;
}

/** The fate of one record of a partition, and its documents as they must be stored, but for `ingested_at`. */
export function expectFate(partition: number, record: KafkaRecord, settings: FateSettings): ExpectedFate {
  const decoded = decodeByParsing(record);
  if (decoded.kind === 'filtered') return { kind: 'filtered', documents: [] };
  if (decoded.kind === 'rejected') {
    return { kind: 'letter', code: decoded.rejection.code, field: decoded.rejection.field, documents: [] };
  }
  if (decoded.kind === 'record') {
    return { kind: 'document', documents: [{ source: sourceOf(partition, record, decoded, {}, settings) }] };
  }
  const { parts } = decoded;
  const documents = parts.flatMap((one, part) => {
    if (one.kind === 'rejected' || one.verbatim) return [];
    return [{ part, source: sourceOf(partition, record, one, { part, parts: parts.length }, settings) }];
  });
  if (documents.length === parts.length) return { kind: 'document', documents };
  return { kind: 'letter', code: 'rejected_parts', field: '', documents };
}

function sourceOf(
  partition: number,
  record: KafkaRecord,
  decoded: { record: LogRecord; document?: string | undefined },
  place: { part?: number; parts?: number },
  settings: FateSettings,
): Record<string, unknown> {
  const own = decoded.document === undefined ? decoded.record : (JSON.parse(decoded.document) as object);
  // Not brought through JSON: it would make null of 1e999 and 0 of -0.
  return {
    ...own,
    anomaly: scoreRecord(decoded.record, settings.rules),
    kafka: {
      ...{ partition, offset: record.offset, timestamp: record.timestamp, ...place },
      // The first generation goes without saying.
      ...((settings.generation ?? 1) === 1 ? {} : { generation: settings.generation }),
    },
    epoch: settings.epoch,
    record_hash: settings.hash(record.value!),
  };
}
