import type { Finder } from './rules';

/**
 * Each pattern is a literal, then classes with a lower limit. A class either takes all it can, and the search goes on
 * behind it, or fails within the limit: so no text makes them slow. Prefixes are those that the vendors publish.
 */
const VENDOR_KEY = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    'A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])',
    'AIza[A-Za-z0-9_-]{30,}',
    'gh[oprsu]_[A-Za-z0-9]{20,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[A-Za-z0-9_-]{16,}',
    'npm_[A-Za-z0-9]{30,}',
    'xox[abeoprs]-[A-Za-z0-9-]{10,}',
    'xapp-[A-Za-z0-9-]{10,}',
    '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}',
    'whsec_[A-Za-z0-9+/=]{16,}',
    'sk-(?:ant|proj)-[A-Za-z0-9_-]{16,}',
  ].join('|')})`,
  'g',
);
/** A header that is a JSON object, whose first name begins with two of a-z and 0-9. Signed: three parts; encrypted: five. */
const JWT = /(?<![A-Za-z0-9_-])eyJ[h-z0-6][M-OYZa-e][A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){1,3}/g;
const BEARER = /\bbearer[ \t]{1,4}([A-Za-z0-9._~+/-]{8,}={0,3})/gi;
const BASIC = /\bbasic[ \t]{1,4}([A-Za-z0-9+/]{6,}={0,2})/gi;
/** A word of this length is no word. */
const LONG_WORD = 20;
const PEM_BEGIN = '-----BEGIN ';
const PEM_KIND = /[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;

export const findVendorKeys: Finder = (text, found) => findAll(VENDOR_KEY, text, found);

export const findJwts: Finder = (text, found) => findAll(JWT, text, found);

/** The token behind `Bearer`, unless it is a word of prose. */
export const findBearers: Finder = (text, found) => {
  for (const { 0: whole, 1: token, index } of text.matchAll(BEARER)) {
    if (/\d/.test(token!) || token!.length >= LONG_WORD)
      found(index + whole.length - token!.length, index + whole.length);
  }
};

/** The name and password behind `Basic`: base64 with a colon in it. */
export const findBasics: Finder = (text, found) => {
  for (const { 0: whole, 1: pair, index } of text.matchAll(BASIC)) {
    if (Buffer.from(pair!, 'base64').includes(58)) found(index + whole.length - pair!.length, index + whole.length);
  }
};

/** Private keys with their edges; one without an end goes on to the end of the text. */
export const findPems: Finder = (text, found) => {
  for (let at = text.indexOf(PEM_BEGIN); at >= 0; at = text.indexOf(PEM_BEGIN, at)) {
    PEM_KIND.lastIndex = at + PEM_BEGIN.length;
    const kind = PEM_KIND.exec(text)?.[0];
    if (kind === undefined) {
      at += PEM_BEGIN.length;
      continue;
    }
    const end = text.indexOf('-----END ', at);
    const behind = end < 0 ? -1 : text.indexOf('-----', end + 9);
    const to = behind < 0 ? text.length : behind + 5;
    found(at, to);
    at = to;
  }
};

function findAll(pattern: RegExp, text: string, found: (start: number, end: number) => void): void {
  for (const { 0: whole, index } of text.matchAll(pattern)) found(index, index + whole.length);
}
