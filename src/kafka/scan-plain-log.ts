import type { Level, VerbatimRecord } from '../domain/record';

const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPENING_BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
const CLOSING_BRACE = 125;

/** Bytes that may stand in a JSON string as they are, all of them ASCII. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 32 && byte < 128 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
/** What may follow a backslash, as JavaScript writes it: any other escape it would write otherwise. */
export const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
/** Kinds whose texts may have escapes: nothing is told by what they say. */
const MAY_ESCAPE: ReadonlySet<PlainKind> = new Set(['text', 'texts']);

const START = Buffer.from('{"timestamp":"');
/** Length of `2026-11-24T00:00:00.000Z`. */
const TIME_LENGTH = 24;
/** Digits of a number that are certain to be taken as they are. */
const MAX_DIGITS = 15;
const MAX_SERVICE_LENGTH = 512;
const FEBRUARY = 2;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What a field's value must be. */
export type PlainKind = 'service' | 'level' | 'text' | 'status' | 'number' | 'texts' | 'error_code';

interface Field {
  name: Buffer;
  kind: PlainKind;
  bit: number;
}

/** The known fields behind `timestamp`; length and first letter tell them apart. */
const FIELDS: (Field | undefined)[] = [];
const place = (length: number, first: number) => (length << 8) | first;
/** The fields that a plain log may have behind its time. */
export const PLAIN_FIELDS: Readonly<Record<string, PlainKind>> = {
  service: 'service',
  level: 'level',
  message: 'text',
  request_id: 'text',
  status_code: 'status',
  user_id: 'text',
  path: 'text',
  method: 'text',
  response_time_ms: 'number',
  error_code: 'error_code',
  tags: 'texts',
};
const MAX_NAME = Math.max(...Object.keys(PLAIN_FIELDS).map((name) => name.length));
Object.entries(PLAIN_FIELDS).forEach(([name, kind], number) => {
  FIELDS[place(name.length, name.charCodeAt(0))] = { name: Buffer.from(name), kind, bit: 1 << number };
});
/** Those that it must have. */
export const REQUIRED_FIELDS = ['service', 'level', 'message'];
const bitOf = (name: string) => 1 << Object.keys(PLAIN_FIELDS).indexOf(name);
const REQUIRED = REQUIRED_FIELDS.reduce((bits, name) => bits | bitOf(name), 0);
const STATUS_CODE = bitOf('status_code');
const RESPONSE_TIME = bitOf('response_time_ms');
const ERROR_CODE = bitOf('error_code');

const LEVELS: Record<number, { bytes: Buffer; level: Level }> = Object.fromEntries(
  (['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const).map((level) => [
    level.charCodeAt(0),
    { bytes: Buffer.from(level), level },
  ]),
);

/**
 * Reads a log whose bytes can stand in a bulk body as they are, in one pass and without making a string of any field: one
 * JSON object of known fields, `timestamp` first and in its canonical form, each field once and of its type, ASCII
 * without blanks or escapes, but for such escapes in a text as JavaScript writes. Most logs that a service of ours writes are such, and cost a fifth of what parsing costs.
 *
 * @returns what scoring looks at, and whether a text has an escape; undefined for any other bytes, good or bad, which then have to
 *   be parsed
 */
export function scanPlainLog(value: Buffer): Omit<VerbatimRecord, 'verbatim'> | undefined {
  const last = value.length - 1;
  let at = START.length + TIME_LENGTH;
  if (last <= at || value[last] !== CLOSING_BRACE || !startsAt(value, 0, START)) return undefined;
  if (!isTime(value, START.length) || value[at] !== QUOTE) return undefined;
  at += 1;
  let seen = 0;
  let escaped = false;
  let level: Level | undefined;
  let statusCode = 0;
  let responseTime = 0;
  let errorCode = '';
  while (at < last) {
    if (value[at] !== COMMA || value[at + 1] !== QUOTE) return undefined;
    const nameAt = at + 2;
    let nameEnd = nameAt;
    while (nameEnd - nameAt <= MAX_NAME && value[nameEnd] !== QUOTE) nameEnd += 1;
    const field = FIELDS[place(nameEnd - nameAt, value[nameAt]!)];
    if (field === undefined || (seen & field.bit) !== 0 || !startsAt(value, nameAt, field.name)) return undefined;
    if (value[nameEnd + 1] !== COLON) return undefined;
    seen |= field.bit;
    const from = nameEnd + 2;
    escapes = 0;
    switch (field.kind) {
      case 'status':
        statusCode = statusAt(value, from);
        at = statusCode === 0 ? -1 : from + 3;
        break;
      case 'number':
        at = numberEnd(value, from);
        if (at > 0) responseTime = Number(value.toString('latin1', from, at));
        break;
      case 'texts':
        at = textsEnd(value, from, last);
        break;
      default:
        at = textEnd(value, from, last);
        if (at < 0) return undefined;
        if (field.kind === 'level') {
          const known = LEVELS[value[from + 1]!];
          if (known?.bytes.length !== at - from - 2 || !startsAt(value, from + 1, known.bytes)) return undefined;
          level = known.level;
        } else if (field.kind === 'service') {
          if (at - from === 2 || at - from - 2 > MAX_SERVICE_LENGTH) return undefined;
        } else if (field.kind === 'error_code') errorCode = value.toString('latin1', from + 1, at - 1);
    }
    if (at < 0) return undefined;
    if (escapes > 0 && !MAY_ESCAPE.has(field.kind)) return undefined;
    escaped ||= escapes > 0;
  }
  if (at !== last || (seen & REQUIRED) !== REQUIRED) return undefined;
  const record = {
    level: level!,
    status_code: (seen & STATUS_CODE) === 0 ? undefined : statusCode,
    response_time_ms: (seen & RESPONSE_TIME) === 0 ? undefined : responseTime,
    error_code: (seen & ERROR_CODE) === 0 ? undefined : errorCode,
  };
  return { record, escaped };
}

function startsAt(value: Buffer, at: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i += 1) if (value[at + i] !== bytes[i]) return false;
  return true;
}

/** Escapes in the texts that {@link textEnd} went through since this was set to 0. */
let escapes = 0;

/** The index behind the closing quote of a string of plain characters and escapes; -1 for anything else. */
function textEnd(value: Buffer, from: number, last: number): number {
  if (value[from] !== QUOTE) return -1;
  for (let at = from + 1; ; at += 2) {
    while (at < last && PLAIN[value[at]!] === 1) at += 1;
    if (at >= last) return -1;
    if (value[at] === QUOTE) return at + 1;
    if (value[at] !== BACKSLASH || ESCAPED[value[at + 1]!] !== 1) return -1;
    escapes += 1;
  }
}

function textsEnd(value: Buffer, from: number, last: number): number {
  if (value[from] !== OPENING_BRACKET) return -1;
  if (value[from + 1] === CLOSING_BRACKET) return from + 2;
  let at = from;
  do {
    at = textEnd(value, at + 1, last);
    if (at < 0) return -1;
  } while (value[at] === COMMA);
  return value[at] === CLOSING_BRACKET ? at + 1 : -1;
}

/** A status of three digits from 100 to 599; 0 for anything else. What follows it is checked by the caller. */
function statusAt(value: Buffer, from: number): number {
  const hundreds = value[from]! - ZERO;
  if (!(hundreds >= 1 && hundreds <= 5) || !isDigit(value[from + 1]!) || !isDigit(value[from + 2]!)) return 0;
  return hundreds * 100 + (value[from + 1]! - ZERO) * 10 + (value[from + 2]! - ZERO);
}

/** The index behind a number that is not negative, of a few digits and perhaps a fraction; -1 for anything else. */
function numberEnd(value: Buffer, from: number): number {
  let at = from;
  while (isDigit(value[at]!)) at += 1;
  if (at === from || (value[from] === ZERO && at > from + 1)) return -1;
  if (value[at] === POINT) {
    const point = at;
    at += 1;
    while (isDigit(value[at]!)) at += 1;
    if (at === point + 1) return -1;
  }
  return at - from > MAX_DIGITS ? -1 : at;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** True for a real time of the years 0001 to 9999 written as `2026-11-24T00:00:00.000Z`. */
export function isTime(value: Buffer, at: number): boolean {
  const century = twoDigits(value, at);
  const yearOfCentury = twoDigits(value, at + 2);
  const month = twoDigits(value, at + 5);
  const day = twoDigits(value, at + 8);
  const hour = twoDigits(value, at + 11);
  const minute = twoDigits(value, at + 14);
  const second = twoDigits(value, at + 17);
  const tenths = twoDigits(value, at + 20);
  if (!(century >= 0 && yearOfCentury >= 0 && month >= 1 && month <= 12 && day >= 1)) return false;
  if (!(hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60 && tenths >= 0))
    return false;
  const year = century * 100 + yearOfCentury;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (year === 0 || day > DAYS[month - 1]! + (month === FEBRUARY && isLeap ? 1 : 0)) return false;
  return (
    value[at + 4] === 45 &&
    value[at + 7] === 45 &&
    value[at + 10] === 84 &&
    value[at + 13] === COLON &&
    value[at + 16] === COLON &&
    value[at + 19] === POINT &&
    isDigit(value[at + 22]!) &&
    value[at + 23] === 90
  );
}

/** -1 when one of them is no digit. */
function twoDigits(value: Buffer, at: number): number {
  const tens = value[at]! - ZERO;
  const ones = value[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
