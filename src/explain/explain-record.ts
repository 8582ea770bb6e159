import { isUtf8 } from 'node:buffer';
import { refusedParts, rejectParts } from '../domain/message-parts';
import type { Anomaly, IndexableRecord, KafkaRecord, MessagePart, Rejection } from '../domain/record';
import { createBulkBuilder } from '../elasticsearch/bulk-request';
import { OWN_FORMAT } from '../formats/formats';
import { createDecoder } from '../kafka/decode-record';
import { withRedaction } from '../redaction/redacting-decoder';
import { createRedactor } from '../redaction/redactor';
import type { RedactionRule, RedactionSettings } from '../redaction/rules';
import type { ScoringRules } from '../scoring/rules';
import { scoreRecord } from '../scoring/score-record';
import { triedFormats, type TriedFormat } from './formats-tried';
import { LETTER_ADVICE } from './letter-advice';
import { scoreParts, type ScorePart } from './score-parts';

export interface ExplainSettings {
  /** Names of the formats that the topic's records may have. */
  formats: readonly string[];
  redaction: RedactionSettings;
  rules: ScoringRules;
  hash: (value: Buffer, redacted?: Buffer) => string;
}

/** What the pipeline would make of a record. No part of it holds a secret that redaction finds. */
export interface Explanation {
  fate: 'indexed' | 'dead_lettered' | 'filtered';
  /** The format that was recognised; `sluice` is our own. */
  format?: string;
  formats: TriedFormat[];
  /** How often each rule of redaction has found something. */
  redacted: Partial<Record<RedactionRule, number>>;
  /** How many log records the message holds, where it is not one. Score and document are those of its first good one. */
  log_records?: number;
  score?: Anomaly & { threshold: number; parts: ScorePart[] };
  /** JSON of the document that would be written; partition, offset, epoch and times stand for those that it would have. */
  document?: string;
  dead_letter?: Rejection & { advice: string };
}

/**
 * Explains records by the code that the pipeline itself runs: decoder, redaction, scoring, builder of documents. Never
 * throws for what the bytes are.
 *
 * @returns asked with a record's bytes, and Kafka's time for it in milliseconds since the epoch
 */
export function createExplain(settings: ExplainSettings): (value: Buffer, kafkaTime: number) => Explanation {
  const { formats, redaction, rules } = settings;
  let redacted: Explanation['redacted'] = {};
  const counting = createRedactor(redaction, (rule) => (redacted[rule] = (redacted[rule] ?? 0) + 1));
  const decode = withRedaction(createDecoder({ formats }), counting);
  const plain = createRedactor(redaction);

  return (value, kafkaTime) => {
    redacted = {};
    const source: KafkaRecord = { offset: 0, timestamp: kafkaTime, key: null, value };
    const decoded = decode(source);
    const shown = plain.bytes(value);
    const tried = triedFormats(isUtf8(shown) ? shown.toString('utf8') : undefined, formats);
    const common = { formats: tried, redacted };
    if (decoded.kind === 'filtered') return { fate: 'filtered', ...common };
    if (decoded.kind === 'rejected') {
      const { rejection } = decoded;
      const letter = { ...rejection, advice: LETTER_ADVICE[rejection.code] };
      return { fate: 'dead_lettered', ...common, dead_letter: letter };
    }
    if (decoded.kind === 'record') return { fate: 'indexed', ...common, ...explainLog(source, decoded) };
    const { parts } = decoded;
    const refused = refusedParts(parts);
    const rejection = rejectParts(parts.length, refused);
    const letter = { ...rejection, advice: LETTER_ADVICE[rejection.code] };
    const part = parts.findIndex(({ kind }) => kind === 'record');
    const good = parts[part];
    return {
      ...{ fate: refused.length > 0 ? 'dead_lettered' : 'indexed', ...common, log_records: parts.length },
      ...(good?.kind === 'record' ? explainLog(source, good, { part, of: parts.length }) : {}),
      ...(refused.length > 0 ? { dead_letter: letter } : {}),
    };
  };

  function explainLog(source: KafkaRecord, log: IndexableRecord, place?: MessagePart) {
    const anomaly = scoreRecord(log.record, rules);
    const foreign = log.verbatim || log.spliced ? undefined : log.record.event?.format;
    return {
      format: foreign ?? OWN_FORMAT.name,
      score: { ...anomaly, threshold: rules.anomalyThreshold, parts: scoreParts(log.record, anomaly, rules) },
      document: documentOf(source, log, anomaly, settings.hash, place),
    };
  }
}

/** The document, by the builder of bulk bodies: the line behind the action. */
function documentOf(
  source: KafkaRecord,
  decoded: IndexableRecord,
  anomaly: Anomaly,
  hash: ExplainSettings['hash'],
  place?: MessagePart,
): string {
  const ref = { topic: '', generation: 1, partition: 0, from: '0', to: '1', count: 1, bytes: source.value!.length };
  const now = () => new Date(source.timestamp).toISOString();
  const builder = createBulkBuilder(ref, 1, { indexPrefix: 'logs', hash, now });
  builder.add(source, decoded, anomaly, place);
  return builder.finish()[0]!.body.toString('utf8').split('\n')[1]!;
}
