import { LEVELS } from '../../domain/record';
import type { NumberReading } from '../../formats/fields';
import { readLevel, readOwnLevel, type LevelScale } from '../../formats/levels';
import { readTime, SUSPECT_FUTURE_MS, SUSPECT_PAST_MS } from '../../formats/times';
import { isTime } from '../scan-plain-log';

type Kind = 'text' | 'number';

/**
 * What a value must be, so that its record is decoded as the one that its shape was learned from. Values are looked at as
 * bytes: most records are found good without a string being made.
 */
export type Guard =
  | { is: 'any' }
  /** A text that may name a service. */
  | { is: 'service' }
  /** A number that JavaScript writes as it stands. */
  | { is: 'number'; bounds?: NumberReading | undefined }
  /** Digits in a text that are read as a number. */
  | { is: 'digits'; bounds: NumberReading }
  /** A whole number in a text, as OTLP has them. */
  | { is: 'whole'; bounds?: NumberReading | undefined }
  | { is: 'iso_time' }
  /** Of lines that are known by how their time is written: in which form. */
  | { is: 'time'; kind: Kind; form?: RegExp | undefined }
  /** `same` where it is the document's own name for it. */
  | { is: 'level'; kind: Kind; same: boolean; scale: LevelScale | 'own' }
  /** A path, with a query or without one. */
  | { is: 'url'; query: boolean }
  /** Hex digits, not all of them zero. */
  | { is: 'id' }
  /** A word of a line, of some characters: not empty, and not the dash that stands for none. */
  | { is: 'word'; most: number; of?: Uint8Array | undefined }
  /** The message at the end of a line: one that neither begins with a mark of byte order nor looks like a request in quotes. */
  | { is: 'message' };

/** What {@link check} says of a value that does not pass. */
export const FAILED = NaN;
const PASSED = 1;
const MAX_SERVICE_LENGTH = 512;
/** JavaScript is exact about so many. */
const MAX_DIGITS = 15;
const DIGITS = /^\d{1,15}(?:\.\d{1,9})?$/;
const WHOLE = /^(?:0|-?[1-9]\d{0,14})$/;
const [MINUS, POINT, ZERO, NINE, QUERY, SLASH, HASH, BACKSLASH, BRACKET] = [45, 46, 48, 57, 63, 47, 35, 92, 93];
const [BLANK, QUOTE, LAST_ASCII] = [32, 34, 127];
/** What is smaller JavaScript writes with an exponent. */
const LEAST_FRACTION = 1e-6;

/**
 * Holds a value against its guard.
 *
 * @param near Kafka's time: one that lies far from it is marked, which is left to the parser
 * @returns {@link FAILED}, or what the value says: a number as the document has it, a time in ms, a level's place in LEVELS,
 *   where the query of an address begins; anything else for other values
 */
export function check(guard: Guard, bytes: Buffer, start: number, end: number, near: number): number {
  switch (guard.is) {
    case 'any':
      return PASSED;
    case 'service':
      return end > start && end - start <= MAX_SERVICE_LENGTH ? PASSED : FAILED;
    case 'number':
      return inBounds(canonicalNumber(bytes, start, end), guard.bounds);
    case 'digits':
      return inBounds(matching(DIGITS, bytes, start, end), guard.bounds);
    case 'whole':
      return inBounds(matching(WHOLE, bytes, start, end), guard.bounds);
    case 'iso_time':
      return end - start === ISO_LENGTH && isTime(bytes, start) ? recent(isoTime(bytes, start), near) : FAILED;
    case 'time':
      return recent(timeOf(guard, bytes, start, end, near), near);
    case 'level':
      return levelOf(guard, bytes, start, end);
    case 'url':
      return urlOf(guard.query, bytes, start, end);
    case 'id':
      return isId(bytes, start, end) ? PASSED : FAILED;
    case 'word':
      return isWord(guard, bytes, start, end) ? PASSED : FAILED;
    case 'message':
      return isMessage(bytes, start, end) ? PASSED : FAILED;
  }
}

function inBounds(given: number, bounds: NumberReading | undefined): number {
  if (bounds === undefined) return given;
  const wanted = given / bounds.per;
  return wanted >= bounds.least && wanted <= bounds.most && (!bounds.whole || Number.isInteger(wanted))
    ? wanted
    : FAILED;
}

/** The number that a text is, when JSON has it so and JavaScript writes it as it stands; otherwise {@link FAILED}. */
export function canonicalNumber(bytes: Buffer, start: number, end: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  const first = at;
  let number = 0;
  for (; at < end && isDigit(bytes[at]!); at += 1) number = number * 10 + bytes[at]! - ZERO;
  if (at === first || end - first > MAX_DIGITS || (bytes[first] === ZERO && at > first + 1)) return FAILED;
  if (at === end) return first === start ? number : number === 0 ? FAILED : -number;
  const point = at;
  if (bytes[point] !== POINT) return FAILED;
  for (at += 1; at < end && isDigit(bytes[at]!); at += 1);
  if (at < end || at === point + 1 || bytes[end - 1] === ZERO) return FAILED;
  const found = Number(bytes.toString('latin1', start, end));
  return Math.abs(found) >= LEAST_FRACTION ? found : FAILED;
}

function matching(pattern: RegExp, bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end);
  return pattern.test(text) ? Number(text) : FAILED;
}

function recent(time: number | undefined, near: number): number {
  return time !== undefined && time >= near - SUSPECT_PAST_MS && time <= near + SUSPECT_FUTURE_MS ? time : FAILED;
}

const ISO_LENGTH = 24;
/** The day that was met last, as it is written, and when it began. */
const lastDay = { text: '', time: 0 };

/** Of a text that {@link isTime} has found good. */
function isoTime(bytes: Buffer, at: number): number {
  const day = bytes.toString('latin1', at, at + 10);
  if (day !== lastDay.text) Object.assign(lastDay, { text: day, time: Date.parse(`${day}T00:00:00.000Z`) });
  const two = (from: number) => (bytes[from]! - ZERO) * 10 + bytes[from + 1]! - ZERO;
  const seconds = (two(at + 11) * 60 + two(at + 14)) * 60 + two(at + 17);
  return lastDay.time + seconds * 1000 + two(at + 20) * 10 + bytes[at + 22]! - ZERO;
}

/** Nanoseconds in a text: more digits than a number is exact about. */
const NANOS_LENGTHS = [18, 19];
const NANOS_PER_MS_DIGITS = 6;

function timeOf(
  { kind, form }: Guard & { is: 'time' },
  bytes: Buffer,
  start: number,
  end: number,
  near: number,
): number | undefined {
  if (kind === 'number') return readTime(canonicalNumber(bytes, start, end), near);
  // As the document writes it, it is not kept a second time.
  if (end - start === ISO_LENGTH && isTime(bytes, start)) return undefined;
  if (form || !NANOS_LENGTHS.includes(end - start)) {
    const text = bytes.toString('latin1', start, end);
    return form?.test(text) === false ? undefined : readTime(text, near);
  }
  let time = 0;
  for (let at = start; at < end; at += 1) {
    if (!isDigit(bytes[at]!)) return undefined;
    if (at < end - NANOS_PER_MS_DIGITS) time = time * 10 + bytes[at]! - ZERO;
  }
  return time;
}

function levelOf({ kind, scale, same }: Guard & { is: 'level' }, bytes: Buffer, start: number, end: number): number {
  // Our own format has no numbers for levels.
  if (kind === 'number')
    return scale === 'own' ? FAILED : placeOf(readLevel(canonicalNumber(bytes, start, end), scale));
  const text = bytes.toString('latin1', start, end);
  const level = scale === 'own' ? readOwnLevel(text) : readLevel(text, scale);
  return (level === text) === same ? placeOf(level) : FAILED;
}

function placeOf(level: (typeof LEVELS)[number] | undefined): number {
  return level === undefined ? FAILED : LEVELS.indexOf(level);
}

function urlOf(query: boolean, bytes: Buffer, start: number, end: number): number {
  if (start === end || bytes[start] !== SLASH) return FAILED;
  let asked = 0;
  for (let at = start; at < end; at += 1) {
    if (bytes[at] === HASH || bytes[at] === BACKSLASH) return FAILED;
    if (bytes[at] === QUERY && asked === 0) asked = at;
  }
  if (!query) return asked === 0 ? PASSED : FAILED;
  return asked > 0 && asked + 1 < end ? asked : FAILED;
}

function isId(bytes: Buffer, start: number, end: number): boolean {
  let isZero = true;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (!isDigit(byte) && !((byte | 32) >= 97 && (byte | 32) <= 102)) return false;
    isZero &&= byte === ZERO;
  }
  return !isZero;
}

/** Characters that a word may have. */
export function characters(some: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte < 128 && some.test(String.fromCharCode(byte)) ? 1 : 0));
}

function isWord({ most, of }: Guard & { is: 'word' }, bytes: Buffer, start: number, end: number): boolean {
  if (end === start || end - start > most || (end - start === 1 && bytes[start] === MINUS)) return false;
  for (let at = start; of && at < end; at += 1) if (of[bytes[at]!] !== 1) return false;
  return true;
}

function isMessage(bytes: Buffer, start: number, end: number): boolean {
  if (start < end && bytes[start]! > LAST_ASCII) return false;
  for (let at = start; at < end - 2; at += 1) {
    if (bytes[at] === BRACKET && bytes[at + 1] === BLANK && bytes[at + 2] === QUOTE) return false;
  }
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
