import { isAscii, isUtf8 } from 'node:buffer';
import { z } from 'zod';
import {
  LEVELS,
  type KafkaRecord,
  type LogRecord,
  type ParsedRecord,
  type Rejection,
  type SeveralRecords,
  type SplicedRecord,
  type VerbatimRecord,
} from '../domain/record';
import { isObject } from '../formats/fields';
import { chooseFormats, isOwn, type FormatSet } from '../formats/formats';
import { readOwnLevel } from '../formats/levels';
import { checkJson, reject } from './check-json';
import { decodeForeignJson, decodeForeignText, parseLine } from './decode-foreign';
import { isoTime } from './iso-time';
import { isExact } from './json-text';
import { documentText, membersOf } from './odd-records';
import { scanPlainLog } from './scan-plain-log';
import { hasShapes } from './shapes/classify';
import { ShapeDecoder } from './shapes/shape-decoder';
import { TEXT_LINES } from './shapes/text-lines';

/** The limit of a record's bytes; those of its JSON are in check-json.ts. */
export const MAX_RECORD_BYTES = 1024 * 1024;
export { MAX_DEPTH, MAX_FIELDS } from './check-json';

/** What became of a record's bytes. */
export type Decoded = ({ kind: 'record' } & (VerbatimRecord | ParsedRecord)) | SeveralRecords | NoRecord;

type NoRecord =
  | { kind: 'rejected'; rejection: Rejection }
  /** No log at all: a tombstone. */
  | { kind: 'filtered' };

type Parsed = ({ kind: 'record' } & ParsedRecord) | SeveralRecords | NoRecord;

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
  // What is in it is checked by hand: the schema would list every wrong one of half a million.
  tags: z.array(z.unknown()).nullish(),
});
const KNOWN_FIELDS = new Set(Object.keys(inputSchema.shape));
/** Compiled: six times faster than the schema itself, with the same answers. */
const compiled = z.compile(inputSchema);

/** What decides how a topic's records are read. */
export interface DecoderOptions {
  /** Names of formats.ts; `auto` by default: every JSON format, and no text. */
  formats?: readonly string[] | undefined;
}

/** Reads one record. Never throws: whatever the bytes are, the answer is one of four. */
export type Decoder = (record: KafkaRecord) => Decoded;

/** The decoder of a topic. The same record always has the same answer: no clock, no chance, no state. */
export function createDecoder(options: DecoderOptions = {}): Decoder {
  const parse = createParser(options);
  return (record) => {
    const { value } = record;
    const plain = value !== null && value.length <= MAX_RECORD_BYTES ? scanPlainLog(value) : undefined;
    return plain ? { kind: 'record', verbatim: true, ...plain } : parse(record);
  };
}

/**
 * The same documents as {@link createDecoder}'s, most of them without parsing: what records of other formats have in common
 * it learns from the first of them. For many records, one after the other.
 */
export function createLearningDecoder(
  options: DecoderOptions = {},
): (record: KafkaRecord) => Decoded | ({ kind: 'record' } & SplicedRecord) {
  const parse = createParser(options);
  const documentOf = (parsed: Parsed) => (parsed.kind === 'record' && !parsed.document ? parsed.record : undefined);
  const shapes = new ShapeDecoder((record) => documentOf(parse(record)));
  return (record) => {
    const { value } = record;
    const plain = value !== null && value.length <= MAX_RECORD_BYTES ? scanPlainLog(value) : undefined;
    if (plain) return { kind: 'record', verbatim: true, ...plain };
    const spliced = shapes.decode(record);
    if (spliced) return spliced;
    const parsed = parse(record);
    const document = documentOf(parsed);
    const format = document?.event?.format;
    if (document && (hasShapes(format) || TEXT_LINES.has(format!))) shapes.learn(record, document);
    return parsed;
  };
}

/** The same verdicts as {@link createDecoder}'s, and every field of any record: also of those that it takes as they are. */
export function createParser({ formats = ['auto'] }: DecoderOptions = {}): (record: KafkaRecord) => Parsed {
  const set = chooseFormats(formats, parseLine);
  return (record) => parseRecord(record, set);
}

/** Decodes, validates and normalises one record of any JSON format. */
export const decodeRecord = createDecoder();
/** The same without the scan for plain logs. */
export const decodeByParsing = createParser();

/** False only for what JSON.parse refuses; by the first few characters, in linear time. */
const MAY_BE_JSON =
  /^[ \t\r\n]*(?:[{"]|true|false|null|\[[ \t\r\n]*(?:[\]{["tfn]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[ \t\r\n]*[,\]])|-?\d[\d.eE+-]*[ \t\r\n]*$)/;

function parseRecord(record: KafkaRecord, formats: FormatSet): Parsed {
  const { value, timestamp } = record;
  if (value === null) return { kind: 'filtered' };
  if (value.length === 0) return reject('empty_value', '', 'the record has no bytes');
  if (value.length > MAX_RECORD_BYTES)
    return reject('too_large', '', `${value.length} bytes, at most ${MAX_RECORD_BYTES}`);
  const ascii = isAscii(value);
  // Buffer.toString would put replacement characters in their place: another record than the one that was sent.
  if (!ascii && !isUtf8(value)) return reject('invalid_json', '', 'not valid UTF-8');
  const text = ascii ? value.toString('latin1') : value.toString('utf8');
  let input: unknown;
  // To find out by an error of the parser that a text is none of JSON costs more than to decode it.
  if (formats.text.length > 0 && !MAY_BE_JSON.test(text)) {
    const decoded = decodeForeignText(text, formats.text, record);
    if (decoded) return decoded;
  }
  try {
    input = JSON.parse(text);
  } catch (error) {
    return decodeForeignText(text, formats.text, record) ?? reject('invalid_json', '', (error as Error).message);
  }
  if (!isObject(input)) {
    const found = Array.isArray(input) ? 'an array' : typeof input;
    const detail = `a JSON object is wanted, this is ${found}`;
    return decodeForeignText(text, formats.text, record) ?? reject('not_an_object', '', detail);
  }
  const object = input;
  const foreign = isOwn(object) ? undefined : formats.json.find((format) => format.recognise(object));
  if (foreign) return decodeForeignJson(text, object, foreign, record);
  const checked = compiled.safeParse(input);
  if (!checked.success) return rejectIssue(checked.error.issues[0]!, input);
  return normalise(checked.data, input, timestamp, text);
}

type Input = z.output<typeof inputSchema>;

function normalise(data: Input, raw: Record<string, unknown>, kafkaTimestamp: number, text: string): Parsed {
  const level = readOwnLevel(data.level);
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
  if (data.tags != null) {
    if (!isTextOnly(data.tags)) return rejectTag(data.tags);
    record.tags = data.tags;
  }
  const names = Object.keys(raw);
  const others = names.filter((name) => !KNOWN_FIELDS.has(name));
  // fromEntries defines own properties, so a field named __proto__ stays a field.
  if (others.length > 0) record.attributes = Object.fromEntries(others.map((name) => [name, raw[name]]));
  return checkText(record, names.length, text);
}

/** The checks of what JSON.parse lets through, on every record that is not taken as it is. */
function checkText(record: LogRecord, names: number, text: string): Parsed {
  const { attributes } = record;
  const survey = checkJson(text, attributes, names - Object.keys(attributes ?? {}).length);
  if ('rejection' in survey) return survey;
  if (!survey.inexact) return { kind: 'record', record, verbatim: false };
  const members = membersOf(text);
  const userId = members.get('user_id');
  if (userId !== undefined && /^[-\d]/.test(userId) && !isExact(userId)) record.user_id = userId;
  return { kind: 'record', record, verbatim: false, document: documentText(record, members, KNOWN_FIELDS) };
}

function isTextOnly(tags: unknown[]): tags is string[] {
  return tags.every((tag) => typeof tag === 'string');
}

function rejectTag(tags: unknown[]): NoRecord {
  const at = tags.findIndex((tag) => typeof tag !== 'string');
  return reject('invalid_field', `tags.${at}`, `text is wanted, this is ${typeof tags[at]}`);
}

function rejectIssue(issue: z.core.$ZodIssue, input: object): NoRecord {
  const [first] = issue.path;
  const missing = issue.path.length === 1 && typeof first === 'string' && !Object.hasOwn(input, first);
  return reject(missing ? 'missing_field' : 'invalid_field', issue.path.join('.'), issue.message);
}
