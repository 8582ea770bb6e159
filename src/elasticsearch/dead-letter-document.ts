import type { NewLetter, RedactLetter } from '../activities/ports';
import type { LetterState } from '../domain/dead-letter';
import { letterHash } from '../domain/letter-hash';
import { shownParts } from '../domain/message-parts';
import type { KafkaRecord, PartRejection, Rejection, RejectionCode } from '../domain/record';
import type { BulkSettings } from './bulk-request';

/** A dead letter as Elasticsearch stores it. */
export interface LetterDocument {
  topic: string;
  generation: number;
  partition: number;
  offset: number;
  /** Milliseconds since the epoch, as Kafka has it. */
  kafka_timestamp: number;
  reason: { code: RejectionCode; field: string; detail: string };
  state: LetterState;
  /** ISO time of the last change of state. */
  changed_at: string;
  /** How often the record was refused. */
  attempts: number;
  /** Epoch under which it was refused last. */
  epoch: number;
  /** ISO time. */
  dead_lettered_at: string;
  /** Size of the record's value. */
  bytes: number;
  /** Hash of the record's value. */
  record_hash: string;
  /** False when body, key and headers are too large to be kept here; the dead-letter topic has them. */
  whole: boolean;
  /** The start of the value as text, for searches. */
  text: string;
  /** The record's value, base64. */
  body?: string;
  /** The record's key, base64. */
  key?: string;
  /** In their order, each value base64. */
  headers?: { name: string; value: string }[];
  /** The last operation that took hold of the letter. */
  operation?: string;
  /** True when the document was made of an edited body. */
  edited?: boolean;
  /** Log records of the message, where it holds several. */
  parts?: number;
  /** Those that are refused, the first of them. */
  refused?: PartRejection[];
  /** Documents that the message had when it was dead-lettered; none when absent. */
  kept?: number;
  /** Documents that it has by now, where that is not what its state says: one when it is settled, and else none. */
  documents?: number;
  /** True when secrets were taken out of body, key, headers or the server's words; Kafka has the record as it came. */
  redacted?: boolean;
}

/** How letters are written. */
export interface LetterSettings extends BulkSettings {
  redact: RedactLetter;
}

/** Value, key and headers of more bytes than this are left to the dead-letter topic. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** Searchable part of a value; what is behind it is found by coordinates and reason only. */
const TEXT_BYTES = 8 * 1024;
const MAX_DETAIL = 2000;
const MAX_FIELD = 500;

/** The document of a record that is refused for the first time. */
export function letterDocument(
  letter: NewLetter,
  { hash, redact }: Pick<LetterSettings, 'hash' | 'redact'>,
  now: string,
): LetterDocument {
  const shown = redact(letter);
  const { topic, generation, partition, record, rejection, epoch } = shown;
  const original = letter.record.value ?? Buffer.alloc(0);
  const value = record.value ?? Buffer.alloc(0);
  const headers = headerList(record);
  const size = headers.reduce(
    (sum, { name, value: bytes }) => sum + name.length + bytes.length,
    value.length + (record.key?.length ?? 0),
  );
  const document: LetterDocument = {
    topic,
    generation,
    partition,
    offset: record.offset,
    kafka_timestamp: record.timestamp,
    reason: {
      code: rejection.code,
      field: rejection.field.slice(0, MAX_FIELD),
      detail: rejection.detail.slice(0, MAX_DETAIL),
    },
    state: 'open',
    changed_at: now,
    attempts: 1,
    epoch,
    dead_lettered_at: now,
    bytes: original.length,
    record_hash: letterHash(rejection.code, hash, original, value),
    ...partsOf(rejection),
    ...(shown === letter ? {} : { redacted: true }),
    whole: size <= MAX_KEPT_BYTES,
    text: value.subarray(0, TEXT_BYTES).toString('utf8'),
  };
  if (!document.whole) return document;
  return {
    ...document,
    body: value.toString('base64'),
    ...(record.key ? { key: record.key.toString('base64') } : {}),
    headers: headers.map(({ name, value: bytes }) => ({ name, value: bytes.toString('base64') })),
  };
}

function partsOf(rejection: Rejection): Pick<LetterDocument, 'parts' | 'refused' | 'kept' | 'documents'> {
  if (!rejection.parts) return {};
  const { total, refused } = rejection.parts;
  const documents = total - refused.length;
  return { ...shownParts(rejection), kept: documents, documents };
}

/** Documents that a letter's message has by now. */
export function documentsOf({ state, documents }: Pick<LetterDocument, 'state' | 'documents'>): number {
  return documents ?? (state === 'redriven' || state === 'resolved' ? 1 : 0);
}

/** The same letter without the record's bytes, for a server that takes no larger request. */
export function withoutBytes({ body: _body, key: _key, headers: _headers, ...rest }: LetterDocument): LetterDocument {
  return { ...rest, whole: false };
}

/** The record as it came from Kafka; undefined when its bytes were left to the dead-letter topic or were redacted. */
export function recordOf(document: LetterDocument): KafkaRecord | undefined {
  if (!document.whole || document.redacted) return undefined;
  const headers = Object.create(null) as Record<string, Buffer[]>;
  for (const { name, value } of document.headers ?? []) (headers[name] ??= []).push(Buffer.from(value, 'base64'));
  return {
    offset: document.offset,
    timestamp: document.kafka_timestamp,
    key: document.key === undefined ? null : Buffer.from(document.key, 'base64'),
    value: Buffer.from(document.body ?? '', 'base64'),
    headers,
  };
}

function headerList(record: KafkaRecord): { name: string; value: Buffer }[] {
  return Object.entries(record.headers ?? {}).flatMap(([name, values]) =>
    (values === undefined ? [] : [values].flat()).map((value) => ({ name, value: Buffer.from(value) })),
  );
}
