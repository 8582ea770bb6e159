/** One record as Kafka holds it. */
export interface KafkaRecord {
  offset: number;
  /** Milliseconds since the epoch; the broker's append time on topics with LogAppendTime. */
  timestamp: number;
  key: Buffer | null;
  /** null is a tombstone. */
  value: Buffer | null;
  headers?: Record<string, Buffer | string | (Buffer | string)[] | undefined> | undefined;
  /** Bytes of key and value, where they are known without making a view of either. */
  size?: number;
  /** Where its value stands among others, where no view of it was made: from `valueAt` on; a length of -1 is null. */
  bytes?: Buffer;
  valueAt?: number;
  valueLength?: number;
  /** What its value begins with, as record-kind.ts counts it, where that is known without making a view. */
  kind?: number;
}

/** Size of a record's key and value, as Kafka's limits count it. */
export function recordBytes(record: Pick<KafkaRecord, 'key' | 'value' | 'size'>): number {
  return record.size ?? (record.key?.length ?? 0) + (record.value?.length ?? 0);
}

/** A record of plain properties, some of them changed: to be kept, or sent to another process. */
export function plainRecord(record: KafkaRecord, changed: Partial<KafkaRecord> = {}): KafkaRecord {
  const { offset, timestamp, key, value, headers } = record;
  return { offset, timestamp, key, value, ...(headers ? { headers } : {}), ...changed };
}

/** The levels of a log record, from the least to the most serious. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

/** A validated, normalised log record. Fields that the record did not have are absent. */
export interface LogRecord {
  /** ISO 8601 in UTC with milliseconds. */
  '@timestamp': string;
  service: string;
  level: Level;
  message: string;
  request_id?: string | undefined;
  status_code?: number | undefined;
  user_id?: string | undefined;
  path?: string | undefined;
  method?: string | undefined;
  response_time_ms?: number | undefined;
  error_code?: string | undefined;
  tags?: string[] | undefined;
  trace?: { id?: string } | undefined;
  span?: { id?: string } | undefined;
  error?: { type?: string; message?: string; stack_trace?: string } | undefined;
  host?: { name?: string } | undefined;
  log?: { logger?: string } | undefined;
  process?: { pid?: number; name?: string; thread?: { name?: string } } | undefined;
  client?: { ip?: string } | undefined;
  user_agent?: { original?: string } | undefined;
  url?: { original?: string; full?: string; query?: string; domain?: string } | undefined;
  /** How the record was read; absent from records of our own format. */
  event?: EventMark | undefined;
  /** Every other field of the record, as it came. */
  attributes?: Record<string, unknown> | undefined;
}

/** What a record of another format than ours says of how it was read. */
export interface EventMark {
  /** The format that was recognised; `container/` and that of the line for a line of a container. */
  format: string;
  /** Set when the record has no time that can be read: its own is Kafka's. */
  time_source?: 'kafka';
  /** Set when the time lies far from Kafka's. It is kept. */
  time_suspect?: true;
  /** The text as it came, where the fields do not tell it. */
  original?: string;
  /** Values of the record that fields of the document tell in other words or under another name, by their dotted path. */
  fields?: Record<string, unknown>;
}

/** What scoring looks at. */
export type ScoredFields = Pick<LogRecord, 'level' | 'status_code' | 'response_time_ms' | 'error_code'>;

/** A document of pieces, which are put together only where it is written. */
export interface SplicedDocument {
  write(body: DocumentBody): void;
}

/** What a document is written into. Only {@link reserve} looks whether there is room. */
export interface DocumentBody {
  reserve(bytes: number): void;
  bytes(some: Uint8Array): void;
  /** What stands in `of` from `start` up to `end`. */
  part(of: Uint8Array, start: number, end: number): void;
  /** The same without the backslashes that escape what stands behind them. */
  unescaped(of: Uint8Array, start: number, end: number): void;
  /** The same with a backslash before each quote and backslash. */
  escaped(of: Uint8Array, start: number, end: number): void;
  /** A short text of ASCII only. */
  ascii(text: string): void;
  number(one: number): void;
  /** A time of ms since the epoch, as Date writes it, of the years 0 to 9999. */
  time(ms: number): void;
}

/** A record whose bytes are the document already, but for the name of the leading `timestamp`: ASCII. */
export interface VerbatimRecord {
  verbatim: true;
  /** Whether a text has an escape, none of them of a letter or a slash. */
  escaped: boolean;
  record: ScoredFields;
}

/** A record of which every field is known. */
export interface ParsedRecord {
  verbatim: false;
  record: LogRecord;
  /** `record` as JSON, where writing it anew would alter a number. */
  document?: string | undefined;
  spliced?: undefined;
}

/** A record of a shape that is known: its document is for the most part made of its own bytes. */
export interface SplicedRecord {
  verbatim: false;
  record: ScoredFields;
  spliced: SplicedDocument;
}

/** A record that can be indexed. */
export type IndexableRecord = (VerbatimRecord | ParsedRecord | SplicedRecord) & Redacted;

interface Redacted {
  /** The bytes that it was decoded from, where these are not the record's own: secrets were taken out. */
  redacted?: Buffer | undefined;
}

/** A log record among several of one message: the `part`th, from 0, of so many. */
export interface MessagePart {
  part: number;
  of: number;
}

/** What became of one log record among several. */
export type DecodedPart = ({ kind: 'record' } & ParsedRecord & Redacted) | { kind: 'rejected'; rejection: Rejection };

/** A message with several log records, at least two, in their order. */
export interface SeveralRecords {
  kind: 'several';
  parts: DecodedPart[];
}

/** Where the text of a verbatim record without escapes begins: before it stand `{"timestamp":"` and a canonical time, and no secret. */
export const VERBATIM_TEXT_FROM = 38;

/**
 * False only for the hashes of two different records. The hash of a record that was redacted begins with a mark of how:
 * across two ways of redaction nothing can be told, and the records count as the same.
 */
export function mayBeSameRecord(one: string | undefined, other: string): boolean {
  if (one === undefined) return false;
  return one === other || wayOf(one) !== wayOf(other);
}

/** `r` and four digits where the record was redacted. */
function wayOf(hash: string): string {
  return hash.startsWith('r') ? hash.slice(0, 5) : '';
}

export const SEVERITIES = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Why a record scored: the rule that matched and the points it gave. */
export interface AnomalyReason {
  rule: string;
  weight: number;
}

/** The verdict on one record. */
export interface Anomaly {
  /** 0 to 100, the capped sum of the reasons' weights. */
  score: number;
  severity: Severity;
  /** True when the score reached the configured threshold. */
  is_anomaly: boolean;
  reasons: AnomalyReason[];
}

/** Why a record cannot be indexed: a stable code for machines, and where in the record the trouble is. */
export interface Rejection {
  code: RejectionCode;
  /** Dotted path of the offending field, empty when it is the record as a whole. */
  field: string;
  /** A sentence for people. It may quote the record: it goes to the dead letter only, never to a log or to Temporal. */
  detail: string;
  /** With `rejected_parts`: how many log records the message has, and those that cannot be indexed. */
  parts?: { total: number; refused: PartRejection[] } | undefined;
}

/** Why one log record among several cannot be indexed. */
export interface PartRejection {
  /** From 0. */
  part: number;
  code: RejectionCode;
  field: string;
  detail: string;
}

export const REJECTION_CODES = [
  'invalid_json',
  'not_an_object',
  'invalid_field',
  'missing_field',
  'invalid_name',
  'duplicate_key',
  'empty_value',
  'too_large',
  'too_deep',
  'too_many_fields',
  'mapping_rejected',
  /** One message with more log records than are taken. */
  'several_records',
  /** Of a message with several log records some cannot be indexed; the others have their documents. */
  'rejected_parts',
  /** Decoding it killed its process twice, alone. */
  'process_killed',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];
