const BLANK = 32;
/** Bits of the table of hashes: a false hit costs a look into a set, at one of a thousand places. */
export const TABLE_BITS = 18;
export const HASH = 0x9e3779b1 | 0;
/** Bytes that may follow a name or join it to the next word. */
const BEHIND_WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  '\t\r\n"\'\\:=>-_.'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

const letters = (from: string, to: string) =>
  Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, i) =>
    String.fromCharCode(from.charCodeAt(0) + i),
  );
const ALNUM = [...letters('a', 'z'), ...letters('0', '9')];
const ANY = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
/** JSON writes a line break before a secret as a backslash and a letter, which is then what stands before it. */
const ESCAPED = 'bfnrt';
const NO_LETTER = ANY.filter((one) => !/[a-z]/i.test(one) || ESCAPED.includes(one));
const NO_WORD = ANY.filter((one) => !/[a-z0-9]/i.test(one) || ESCAPED.includes(one));
const WORD = [...ALNUM, '_', '-'];
const SCHEME = [...ALNUM, '+', '.', '-'];
/** What may stand behind a name: its plural, a quote, a blank, an escape or a sign. */
const BEHIND_NAME = [...'s \t\r\n"\'\\:=>'];

type Trigger = (string | readonly string[])[];

/** Of names that are one word; told apart, as such words stand in prose, too. */
const WORD_TRIGGERS: Trigger[] = [
  ...['passwo', 'passwd', 'passph', 'secret', 'cookie', 'creden'].map((word) => [word]),
  ['hori', ['s', 'z'], 'a'],
  ['token', BEHIND_NAME],
];

/**
 * Six characters in a row, without regard to case, at least one of which every secret has in it or beside it. A string
 * stands for its characters, a list for any one of them. What begins a text has nothing before it: it is met all the same.
 */
const TRIGGERS: Trigger[] = [
  ...['bearer', '-----b'].map((word) => [word]),
  ['basic', [' ', '\t', '\\']],
  [NO_LETTER, 'pwd', BEHIND_NAME],
  ['pwd', BEHIND_NAME, ANY],
  ...['', '-', '_', '.', ' '].flatMap((sign) => {
    return ['api', 'access', 'secret', 'private'].map((word) => [`${word}${sign}key`.slice(-6)]);
  }),
  ...['akia', 'asia', 'aiza', 'npm_'].map((prefix) => [NO_WORD, prefix, WORD]),
  [NO_WORD, 'gh', ['o', 'p', 'r', 's', 'u'], '_', ALNUM],
  ['xox', ['a', 'b', 'e', 'o', 'p', 'r', 's'], '-', WORD],
  ['xapp-', WORD],
  ...['hub_pa', 'glpat-', 'k_live', 'k_test', 'whsec_', 'sk-ant', 'sk-pro'].map((word) => [word]),
  // What stands behind eyJ in a base64url header that begins with a name of letters or digits.
  [NO_WORD, 'eyj', [...letters('h', 'z'), ...letters('0', '6')], ['m', 'n', 'o', 'y', 'z', 'a', 'b', 'c', 'd', 'e']],
  [SCHEME, SCHEME, '://', [...ALNUM, ...':%_.~+$!*-']],
];

/** Four characters in a row that a secret may begin with, folded to lower case, as one number each. */
export interface Grams {
  /** A bit for each hash of one. */
  table: Int32Array;
  grams: ReadonlySet<number>;
  /** Those of names that are words, too: one counts only where what follows the word may follow a name. */
  words: ReadonlySet<number>;
  /** By byte: 1 for what may. */
  behindWord: Uint8Array;
}

/** Those at which the scan stops. */
export function triggerGrams(): Grams {
  return { ...(tables ??= gramTable()), behindWord: BEHIND_WORD };
}

/** Made once. */
let tables: ReturnType<typeof gramTable> | undefined;

/** @returns a bit for each hash, every gram, and those of words alone */
function gramTable(): Omit<Grams, 'behindWord'> {
  const others = new Set(TRIGGERS.flatMap(gramsOf));
  const words = new Set(WORD_TRIGGERS.flatMap(gramsOf).filter((gram) => !others.has(gram) && isWord(gram)));
  const grams = new Set([...others, ...WORD_TRIGGERS.flatMap(gramsOf)]);
  const table = new Int32Array(2 ** (TABLE_BITS - 5));
  for (const gram of grams) {
    const hash = Math.imul(gram, HASH) >>> (32 - TABLE_BITS);
    table[hash >>> 5]! |= 1 << (hash & 31);
  }
  return { table, grams, words };
}

/** All that four characters in a row of a trigger may be, as the scan reads them. */
function gramsOf(trigger: Trigger): number[] {
  const places = trigger.flatMap((part) => (typeof part === 'string' ? [...part].map((one) => [one]) : [part]));
  return Array.from({ length: places.length - 3 }, (_, start) => spellings(places.slice(start, start + 4))).flat();
}

function spellings(places: (readonly string[])[]): number[] {
  const codes = places.map((place) => [...new Set(place.map((one) => one.charCodeAt(0) | BLANK))]);
  return codes.reduce<number[]>(
    (grams, place, at) => place.flatMap((code) => grams.map((gram) => gram | (code << (8 * at)))),
    [0],
  );
}

function isWord(gram: number): boolean {
  return [0, 8, 16, 24].every((shift) => /[a-z]/.test(String.fromCharCode((gram >>> shift) & 255)));
}
