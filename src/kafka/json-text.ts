/**
 * What JSON.parse does not tell of a text that it has taken: whether a key stands twice in an object (it keeps the
 * last), and whether a number was altered (it keeps the nearest of its own). All of it is linear and without recursion.
 */

const QUOTE = 34;
const MINUS = 45;
const COLON = 58;
const BACKSLASH = 92;

/** A longer number counts as altered without a look at its digits. */
const MAX_COMPARED = 400;

/** What a valid JSON text holds, beside its values. */
export interface Survey {
  /** Keys as written, equal ones counted each time. */
  keys: number;
  /** True when writing the parsed numbers anew would alter one of them. */
  inexact: boolean;
  /** True when a key has an escape or is longer than asked about: worth a closer look. */
  oddKeys: boolean;
  /** Characters of the longest number that `inexact` is about. */
  longestNumber: number;
}

/** Surveys a valid JSON text. On every record's path unless its bytes are taken as they are, so it makes no strings. */
export function surveyJson(text: string, maxKeyLength: number): Survey {
  const survey: Survey = { keys: 0, inexact: false, oddKeys: false, longestNumber: 0 };
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const start = i;
      i = endOfString(text, start);
      if (text.charCodeAt(skipBlanks(text, i + 1)) !== COLON) continue;
      survey.keys += 1;
      if (i - start - 1 > maxKeyLength || hasBackslash(text, start, i)) survey.oddKeys = true;
    } else if (startsNumber(code)) {
      const end = endOfNumber(text, i);
      if (!isExact(text.slice(i, end))) {
        survey.inexact = true;
        survey.longestNumber = Math.max(survey.longestNumber, end - i);
      }
      i = end - 1;
    }
  }
  return survey;
}

/** A key or a value that is no container, or an edge of one, with its place in the text. */
export interface Token {
  kind: '{' | '}' | '[' | ']' | 'key' | 'value';
  start: number;
  end: number;
}

/** The tokens of a valid JSON text, in order. */
export function* tokensOf(text: string): Generator<Token> {
  for (let i = 0; i < text.length;) {
    const start = i;
    const character = text[i]!;
    if (character === '"') {
      i = endOfString(text, i) + 1;
      yield { kind: text.charCodeAt(skipBlanks(text, i)) === COLON ? 'key' : 'value', start, end: i };
    } else if (character === '{' || character === '}' || character === '[' || character === ']') {
      i += 1;
      yield { kind: character, start, end: i };
    } else if (startsNumber(character.charCodeAt(0))) {
      i = endOfNumber(text, i);
      yield { kind: 'value', start, end: i };
    } else if (/[a-z]/.test(character)) {
      // true, false or null.
      i += character === 'f' ? 5 : 4;
      yield { kind: 'value', start, end: i };
    } else i += 1;
  }
}

/**
 * True when JavaScript's own number, written anew, has the same decimal value as the text. Up to 15 significant digits
 * always have (IEEE 754, DBL_DIG).
 */
export function isExact(text: string): boolean {
  if (text.length > MAX_COMPARED) return false;
  const short = text.length <= 15 && !text.includes('e') && !text.includes('E');
  if (short) return text.charCodeAt(0) !== MINUS || Number(text) !== 0;
  const number = Number(text);
  return Number.isFinite(number) && decimalOf(String(number)) === decimalOf(text);
}

/** One spelling for each decimal value: sign, digits without zeros at either end, power of ten. */
function decimalOf(text: string): string {
  const sign = text.startsWith('-') ? '-' : '';
  const [mantissa = '', power = '0'] = text.slice(sign.length).split(/e/i);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  let start = 0;
  let end = digits.length;
  while (digits[start] === '0') start += 1;
  if (start === end) return `${sign}0`;
  while (digits[end - 1] === '0') end -= 1;
  return `${sign}${digits.slice(start, end)}e${BigInt(power) + BigInt(digits.length - end - fraction.length)}`;
}

function hasBackslash(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) if (text.charCodeAt(i) === BACKSLASH) return true;
  return false;
}

function startsNumber(code: number): boolean {
  return code === MINUS || (code >= 48 && code <= 57);
}

/** The index behind a number's last character: digits, sign, point and exponent. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (;;) {
    const code = text.charCodeAt(end);
    if (!((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46 || code === 69 || code === 101)) {
      return end;
    }
    end += 1;
  }
}

/** The index of the quote that ends a string: one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let slash = end - 1;
    while (text.charCodeAt(slash) === BACKSLASH) slash -= 1;
    if ((end - slash) % 2 === 1) return end;
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at += 1;
  }
}
