const QUOTE = 34;
const BACKSLASH = 92;
const BLANK = 32;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/** What a byte does in a text of JSON: stands as it is, ends it, begins an escape, or must not be there. */
const [PLAIN, ENDS, ESCAPES, NONE] = [0, 1, 2, 3] as const;
const ROLES = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE ? ENDS : byte === BACKSLASH ? ESCAPES : byte < BLANK ? NONE : PLAIN,
);
/** What may follow a backslash, as JavaScript writes it: any other escape it would write otherwise. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) => ('"\\bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0));

/**
 * Where a text ends that is written as JavaScript writes it: the place of its closing quote, of an inner one that of the
 * quote's backslash. -1 when it is written otherwise. Whether its bytes are UTF-8 is not looked at.
 *
 * @param inner of a text in JSON that is a text itself: each of its backslashes and quotes has one more backslash
 */
export function endOfText(bytes: Buffer, start: number, inner: boolean): number {
  const { length } = bytes;
  for (let at = start; at < length; at += 1) {
    const role = ROLES[bytes[at]!]!;
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
export function endOfNumber(bytes: Buffer, start: number): number {
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
