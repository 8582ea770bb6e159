import type { BatchRef } from '../../src/domain/batch';
import type { KafkaRecord, LogRecord } from '../../src/domain/record';
import type { ScoringRules } from '../../src/scoring/rules';

/** The default rules, as `loadConfig({})` gives them. */
export const RULES: ScoringRules = {
  fatal: 60,
  error: 40,
  warn: 10,
  serverError: 30,
  clientError: 10,
  slow: 20,
  verySlow: 40,
  errorCode: 15,
  slowMs: 1000,
  verySlowMs: 3000,
  anomalyThreshold: 50,
  low: 10,
  medium: 30,
  high: 60,
  critical: 85,
};

/** A Kafka day in the middle of which all records of the tests were appended. */
export const APPENDED_AT = Date.UTC(2026, 10, 24, 12);

/** A record as Kafka holds it; an object becomes its JSON. */
export function kafkaRecord(value: unknown, place: Partial<KafkaRecord> = {}): KafkaRecord {
  const bytes =
    value === null || Buffer.isBuffer(value)
      ? value
      : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return { offset: 0, timestamp: APPENDED_AT, key: null, value: bytes, ...place };
}

/** The least a log needs. */
export const PLAIN_LOG = { timestamp: '2026-11-24T11:59:59.000Z', service: 'auth', level: 'info', message: 'ok' };

/** A log that is valid, with some fields set. */
export function logRecord(fields: Partial<LogRecord> = {}): LogRecord {
  return { '@timestamp': '2026-11-24T11:59:59.000Z', service: 'auth', level: 'info', message: 'ok', ...fields };
}

/** A reference to a range of partition 0. */
export function batchRef(from: number, to: number, more: Partial<BatchRef> = {}): BatchRef {
  return {
    topic: 'logs',
    generation: 1,
    partition: 0,
    from: String(from),
    to: String(to),
    count: to - from,
    bytes: 0,
    ...more,
  };
}
