import { isAscii, isUtf8 } from 'node:buffer';
import { z } from 'zod';
import {
  LEVELS,
  type KafkaRecord,
  type Level,
  type LogRecord,
  type Rejection,
  type RejectionCode,
} from '../domain/record';
import { isPlainObject } from './plain-json';

/** Limits of a record, all below Elasticsearch's own, so that it is rejected here with a reason. */
export const MAX_RECORD_BYTES = 1024 * 1024;
export const MAX_DEPTH = 16;
export const MAX_FIELDS = 1000;

/** What became of a record's bytes. */
export type Decoded =
  | {
      kind: 'record';
      record: LogRecord;
      /** True when the bytes are the document already, but for the name of the leading `timestamp`. */
      verbatim: boolean;
    }
  | { kind: 'rejected'; rejection: Rejection }
  /** No log at all: a tombstone. */
  | { kind: 'filtered' };

/** Names that other loggers give our levels. */
const LEVEL_NAMES = new Map<string, Level>([
  ...LEVELS.map((level) => [level, level] as const),
  ['warning', 'warn'],
  ['err', 'error'],
  ['critical', 'fatal'],
  ['information', 'info'],
]);

const optionalText = z.string().nullish();
const inputSchema = z.looseObject({
  timestamp: z.union([z.string(), z.number()]).nullish(),
  service: z.string().min(1).max(512),
  level: z.string().min(1).max(32),
  message: z.string(),
  request_id: optionalText,
  status_code: z.int().min(100).max(599).nullish(),
  user_id: z.union([z.string(), z.number()]).nullish(),
  path: optionalText,
  method: optionalText,
  response_time_ms: z.number().min(0).nullish(),
  error_code: optionalText,
  tags: z.array(z.string()).nullish(),
});
const KNOWN_FIELDS = new Set(Object.keys(inputSchema.shape));
/** Compiled: six times faster than the schema itself, with the same answers. */
const compiled = z.compile(inputSchema);

/**
 * Decodes, validates and normalises one record. Never throws: whatever the bytes are, the answer is one of three.
 *
 * @param record its Kafka timestamp stands in where the log has no time of its own
 */
export function decodeRecord(record: KafkaRecord): Decoded {
  const { value } = record;
  if (value === null) return { kind: 'filtered' };
  if (value.length === 0) return reject('empty_value', '', 'the record has no bytes');
  if (value.length > MAX_RECORD_BYTES)
    return reject('too_large', '', `${value.length} bytes, at most ${MAX_RECORD_BYTES}`);
  const ascii = isAscii(value);
  // Buffer.toString would put replacement characters in their place: another record than the one that was sent.
  if (!ascii && !isUtf8(value)) return reject('invalid_json', '', 'not valid UTF-8');
  const text = ascii ? value.toString('latin1') : value.toString('utf8');
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    return reject('invalid_json', '', (error as Error).message);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return reject(
      'not_an_object',
      '',
      `a JSON object is wanted, this is ${Array.isArray(input) ? 'an array' : typeof input}`,
    );
  }
  const checked = compiled.safeParse(input);
  if (!checked.success) return rejectIssue(checked.error.issues[0]!, input);
  return normalise(checked.data, input as Record<string, unknown>, record.timestamp, ascii ? text : '');
}

type Input = z.output<typeof inputSchema>;

function normalise(data: Input, raw: Record<string, unknown>, kafkaTimestamp: number, ascii: string): Decoded {
  const level = LEVEL_NAMES.get(data.level) ?? LEVEL_NAMES.get(data.level.toLowerCase());
  if (level === undefined) return reject('invalid_field', 'level', `not a level; known are ${LEVELS.join(', ')}`);
  const timestamp = isoTime(data.timestamp ?? kafkaTimestamp);
  if (timestamp === undefined)
    return reject('invalid_field', 'timestamp', 'neither an ISO 8601 time nor epoch milliseconds');
  const record: LogRecord = { '@timestamp': timestamp, service: data.service, level, message: data.message };
  // One by one and not in a loop over names: records then share one shape, which halves the cost of this function.
  if (data.request_id != null) record.request_id = data.request_id;
  if (data.status_code != null) record.status_code = data.status_code;
  if (data.user_id != null) record.user_id = String(data.user_id);
  if (data.path != null) record.path = data.path;
  if (data.method != null) record.method = data.method;
  if (data.response_time_ms != null) record.response_time_ms = data.response_time_ms;
  if (data.error_code != null) record.error_code = data.error_code;
  if (data.tags != null) record.tags = data.tags;
  const fields = Object.keys(record).length;
  const names = Object.keys(raw);
  // Without a time of its own a record has one known field more than names, and may hide an unknown one behind it.
  if (fields === names.length && data.timestamp != null) {
    const unchanged = timestamp === data.timestamp && level === data.level && typeof data.user_id !== 'number';
    return { kind: 'record', record, verbatim: unchanged && isPlainObject(ascii, fields) };
  }
  const others = names.filter((name) => !KNOWN_FIELDS.has(name));
  if (others.length === 0) return { kind: 'record', record, verbatim: false };

  // fromEntries defines own properties, so a field named __proto__ stays a field.
  const attributes = Object.fromEntries(others.map((name) => [name, raw[name]]));
  const excess = measure(attributes);
  if (excess)
    return reject(
      excess,
      '',
      excess === 'too_deep' ? `nested deeper than ${MAX_DEPTH}` : `more than ${MAX_FIELDS} fields`,
    );
  record.attributes = attributes;
  return { kind: 'record', record, verbatim: false };
}

/** The form every time is brought to: UTC with milliseconds. */
const CANONICAL_TIME = /^(?!0000)\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{3}Z$/;
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(?:Z|([+-]\d\d):?(\d\d)?)?)?$/i;

/** ISO 8601 in UTC with milliseconds; undefined when the time is none, or outside the years 0001 to 9999. */
function isoTime(time: string | number): string | undefined {
  // The form our own generator writes is already the one wanted.
  if (typeof time === 'string' && CANONICAL_TIME.test(time)) return isDayOf(Date.parse(time), time) ? time : undefined;
  const ms = typeof time === 'string' ? parseTime(time) : time;
  if (!(ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999)) return undefined;
  return new Date(ms).toISOString();
}

/**
 * ISO 8601 only, and UTC where no zone is given: Date.parse takes `hello 1` for a time, and a time without a zone for
 * one of the worker's own, so that two workers would write two documents.
 */
function parseTime(time: string): number {
  const match = ISO_TIME.exec(time);
  if (!match) return NaN;
  const [, date = '', clock = '00:00', zoneHours, zoneMinutes = '00'] = match;
  if (!isDayOf(Date.parse(date), date)) return NaN;
  return Date.parse(`${date}T${clock.replace(',', '.')}${zoneHours ? `${zoneHours}:${zoneMinutes}` : 'Z'}`);
}

/** True when a time falls on the day that its text names: Date.parse takes 30 February for 2 March. */
function isDayOf(ms: number, text: string): boolean {
  return new Date(ms).getUTCDate() === Number(text.slice(8, 10));
}

/** Walks without recursion, so that depth costs no stack. */
function measure(root: object): Extract<RejectionCode, 'too_deep' | 'too_many_fields'> | undefined {
  let fields = 0;
  let layer: object[] = [root];
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth >= MAX_DEPTH) return 'too_deep';
    const below: object[] = [];
    for (const node of layer) {
      for (const child of Object.values(node) as unknown[]) {
        fields += 1;
        if (typeof child === 'object' && child !== null) below.push(child);
      }
      if (fields > MAX_FIELDS) return 'too_many_fields';
    }
    layer = below;
  }
  return undefined;
}

function rejectIssue(issue: z.core.$ZodIssue, input: object): Decoded {
  const [first] = issue.path;
  const missing = issue.path.length === 1 && typeof first === 'string' && !Object.hasOwn(input, first);
  return reject(missing ? 'missing_field' : 'invalid_field', issue.path.join('.'), issue.message);
}

function reject(code: RejectionCode, field: string, detail: string): Decoded {
  return { kind: 'rejected', rejection: { code, field, detail } };
}
