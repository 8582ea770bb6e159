import { parseTime, resolveTime } from '../time';
import type { Bounds, Expression } from './expression';
import { FIELDS, type Field } from './fields';

/** A value that a field cannot have; the message says what it can have. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** Shortest beginning of a value that may be searched for: shorter ones would match most of what there is. */
const MIN_PREFIX = 2;
const MAX_VALUE = 1024;
const NEEDS_RANGE = 'needs a comparison or a range without quotes, such as >=now-15m or now-2h..now-1h';
const COMPARISON = /^(>=|<=|>|<)(.*)$/s;
const RANGE = /^(.*?)\.\.(.*)$/s;
const WORD = /^[\p{L}\p{N}\p{M}_]+$/u;

/**
 * Reads one unquoted value of a field: `value`, `begin*`, `*` for any value, `>=n`, `<n`, `a..b` (both ends belong to
 * it, either may be left out), `5xx`. A backslash takes the meaning of the character after it.
 *
 * @param now what relative times count from, milliseconds since the epoch
 * @throws ValueError
 */
export function readValue(field: Field, raw: string, now: number): Expression {
  if (raw === '') throw new ValueError(field.choices ? oneOf(field.choices) : 'must not be empty');
  if (raw === '*') return { kind: 'exists', field: field.path };
  if (field.kind === 'number' || field.kind === 'time') return readOrdered(field, raw, now);
  const { text, star } = unescaped(raw);
  return star ? readPrefix(field, text) : exactValue(field, text);
}

/** A quoted value, or one whose escapes have been taken off: nothing in it has a meaning of its own. */
export function exactValue(field: Field, text: string): Expression {
  if (text === '') throw new ValueError('must not be empty');
  if (text.length > MAX_VALUE) throw new ValueError(`at most ${MAX_VALUE} characters`);
  switch (field.kind) {
    case 'words':
      return { kind: 'words', text, ...otherThanMessage(field) };
    case 'choice':
      return { kind: 'equals', field: field.path, values: [choice(field.choices!, text)] };
    case 'boolean':
      return { kind: 'equals', field: field.path, values: [choice(['true', 'false'], text) === 'true'] };
    case 'keyword':
      return { kind: 'equals', field: field.path, values: [text] };
    case 'number':
      return { kind: 'equals', field: field.path, values: [readNumber(field, text)] };
    case 'time':
      throw new ValueError(NEEDS_RANGE);
  }
}

function choice(choices: readonly string[], text: string): string {
  const value = text.toLowerCase();
  if (!choices.includes(value)) throw new ValueError(oneOf(choices));
  return value;
}

function oneOf(choices: readonly string[]): string {
  return `must be one of ${choices.join(', ')}`;
}

function readPrefix(field: Field, prefix: string): Expression {
  if (field.kind !== 'keyword' && field.kind !== 'words') throw new ValueError('takes no star; write the whole value');
  if (prefix.length < MIN_PREFIX) throw new ValueError(`needs at least ${MIN_PREFIX} characters before the star`);
  if (field.kind === 'keyword') return { kind: 'prefix', field: field.path, prefix };
  if (!WORD.test(prefix))
    throw new ValueError('must be the beginning of one word, of letters and digits, before a star');
  return { kind: 'word-prefix', prefix: prefix.toLowerCase(), ...otherThanMessage(field) };
}

/** Words are of the message where no other text is named. */
function otherThanMessage({ path }: Field): { field?: string } {
  return path === FIELDS.message.path ? {} : { field: path };
}

function readOrdered(field: Field, raw: string, now: number): Expression {
  const bounds = readComparison(field, raw, now) ?? readClass(field, raw) ?? readRange(field, raw, now);
  if (bounds) return { kind: 'range', field: field.path, ...bounds };
  if (field.kind === 'time') throw new ValueError(NEEDS_RANGE);
  return { kind: 'equals', field: field.path, values: [readNumber(field, raw)] };
}

function readComparison(field: Field, raw: string, now: number): Bounds | undefined {
  const [, sign, rest] = COMPARISON.exec(raw) ?? [];
  if (sign === undefined) return undefined;
  const name = ({ '>=': 'gte', '<=': 'lte', '>': 'gt', '<': 'lt' } as const)[sign]!;
  return { [name]: readPoint(field, rest!, now) };
}

function readClass(field: Field, raw: string): Bounds | undefined {
  if (!field.classes || !/^[1-5]xx$/i.test(raw)) return undefined;
  const first = Number(raw[0]) * 100;
  return { gte: first, lt: first + 100 };
}

function readRange(field: Field, raw: string, now: number): Bounds | undefined {
  const [, from, to] = RANGE.exec(raw) ?? [];
  if (from === undefined || to === undefined) return undefined;
  if (from === '' && to === '') throw new ValueError('a range needs at least one end');
  const gte = from === '' ? undefined : readPoint(field, from, now);
  const lte = to === '' ? undefined : readPoint(field, to, now);
  if (gte !== undefined && lte !== undefined && gte > lte) throw new ValueError('the range runs backwards');
  return { ...(gte === undefined ? {} : { gte }), ...(lte === undefined ? {} : { lte }) };
}

function readPoint(field: Field, text: string, now: number): number {
  if (field.kind === 'number') return readNumber(field, text);
  const time = resolveTime(parseTime(text), now);
  if (time === undefined) throw new ValueError('must be a time: ISO 8601, epoch seconds or milliseconds, or now-15m');
  return time;
}

const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?$/;

function readNumber(field: Field, text: string): number {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value) || (field.whole && !Number.isInteger(value))) {
    const example = field.classes ? ', such as 503, 5xx or 400..499' : ', a range such as 100..200, or >=100';
    throw new ValueError(`must be a ${field.whole ? 'whole ' : ''}number${example}`);
  }
  const { smallest = -Infinity, largest = Infinity } = field;
  if (value < smallest || value > largest) throw new ValueError(`must be from ${smallest} to ${largest}`);
  return value;
}

/** Takes the backslashes off. A star ends the value or is escaped. */
function unescaped(raw: string): { text: string; star: boolean } {
  let text = '';
  for (let i = 0; i < raw.length; i += 1) {
    const character = raw[i]!;
    if (character === '*') {
      if (i === raw.length - 1) return { text, star: true };
      throw new ValueError('a star may only end a value; write \\* for the character');
    }
    if (character !== '\\') text += character;
    else if (i === raw.length - 1) throw new ValueError('ends in a backslash; write \\\\ for the character');
    else text += raw[++i]!;
  }
  return { text, star: false };
}
