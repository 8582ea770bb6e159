import { ESCAPED } from '../scan-plain-log';

const QUOTE = 34;
const BACKSLASH = 92;
const BLANK = 32;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;
/** `Nov 24 11:59:58`, `Nov  4 11:59:58`. */
const BSD_TIME_LENGTH = 15;

/**
 * What a value ends with: a quote of JSON, or of JSON in a text of JSON, or of a line; what stands behind syslog's time or tag;
 * the first or second blank; or the line.
 */
export type End =
  | 'quote'
  | 'inner_quote'
  | 'number'
  | 'line_quote'
  | 'parameter'
  | 'bracket'
  | 'bsd_time'
  | 'tag'
  | 'blank'
  | 'second_blank'
  | 'line';

/** What a byte does in a value: it stands as it is, ends it, begins an escape, or must not be there. */
const [PLAIN, ENDS, ESCAPES, NONE] = [0, 1, 2, 3] as const;

function rolesOf(ends: string, none: string, highest = 126): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    if (ends.includes(character)) return ENDS;
    return byte < BLANK || byte > highest || none.includes(character) ? NONE : PLAIN;
  });
}

const JSON_TEXT = rolesOf('"', '', 255);
JSON_TEXT[BACKSLASH] = ESCAPES;
/** Of lines that are no JSON. What stands between two marks is ASCII without quotes, so that it can stand in a document as it is. */
const LINE_ROLES = {
  line_quote: rolesOf('"', '\\'),
  parameter: rolesOf('"', '\\]'),
  bracket: rolesOf(']', '"\\'),
  tag: rolesOf('[:', ' ]"\\'),
  blank: rolesOf(' ', '"\\'),
  second_blank: rolesOf(' ', '"\\'),
  line: rolesOf('', '', 255),
};

/**
 * Where a value ends: the place of what ends it. -1 when it has what none like it should have; whether bytes are UTF-8, and
 * whether a number is one, is not looked at.
 */
export function endOf(by: End, bytes: Buffer, start: number): number {
  if (by === 'quote' || by === 'inner_quote') return endOfText(bytes, start, by === 'inner_quote');
  if (by === 'number') return endOfNumber(bytes, start);
  if (by === 'bsd_time') return bytes[start + BSD_TIME_LENGTH] === BLANK ? start + BSD_TIME_LENGTH : -1;
  const roles = LINE_ROLES[by];
  let blanks = by === 'second_blank' ? 1 : 0;
  for (let at = start; at < bytes.length; at += 1) {
    const role = roles[bytes[at]!]!;
    if (role === PLAIN) continue;
    if (role === NONE) return -1;
    if (blanks === 0) return at;
    blanks -= 1;
  }
  return by === 'blank' || by === 'line' ? bytes.length : -1;
}

/**
 * Where a text ends that is written as JavaScript writes it: the place of its closing quote, of an inner one that of the
 * quote's backslash. -1 when it is written otherwise. Whether its bytes are UTF-8 is not looked at.
 *
 * @param inner of a text in JSON that is a text itself: each of its backslashes and quotes has one more backslash
 */
function endOfText(bytes: Buffer, start: number, inner: boolean): number {
  const { length } = bytes;
  for (let at = start; at < length; at += 1) {
    const role = JSON_TEXT[bytes[at]!]!;
    if (role === PLAIN) continue;
    if (role === NONE) return -1;
    if (role === ENDS) return inner ? -1 : at;
    at += 1;
    if (!inner) {
      if (ESCAPED[bytes[at]!] !== 1) return -1;
      continue;
    }
    if (bytes[at] === QUOTE) return at - 1;
    if (bytes[at] !== BACKSLASH) return -1;
    at += 1;
    const escaped = bytes[at]!;
    if (escaped === BACKSLASH) at += 1;
    // Behind three backslashes the one that is meant, or a quote; behind two a letter.
    const meant = bytes[at];
    if (escaped === BACKSLASH ? meant !== QUOTE && meant !== BACKSLASH : ESCAPED[escaped] !== 1 || escaped === QUOTE)
      return -1;
  }
  return -1;
}

/** Where a number ends; whether it is one is not looked at closely. */
function endOfNumber(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    // Digits, a point, signs and an exponent.
    if (byte === undefined) return at;
    if (!(byte >= ZERO && byte <= NINE) && byte !== 46 && byte !== MINUS && byte !== 43 && (byte | 32) !== 101)
      return at;
    at += 1;
  }
}

export function startsNumber(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= ZERO && byte <= NINE) || byte === MINUS);
}
