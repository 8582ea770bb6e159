import { findCards } from './find-cards';
import { isEncoded } from './is-encoded';
import type { RedactionSettings } from './rules';
import { NAME_ENDS } from './secret-names';
import { HASH, TABLE_BITS, triggerGrams } from './trigger-grams';

const LOWER = 0x20202020;
/** The bytes around a hit in which what it hints at can be told. */
const LOOK_BACK = 12;
const LOOK_AHEAD = 72;
/** More letters and blanks than these behind a hit are not looked at: what they are is left to the rules. */
const MAX_WALK = 32;
const CARD_DIGITS = 13;
/** What the numbers of cards begin with, as find-cards.ts knows them. */
const [LEAST_ISSUER, MOST_ISSUER] = [2, 6];
const ZERO = 48;
const BLANK = 32;
const DASH = 45;
const NAMED = String.raw`(?:${NAME_ENDS}|pwd)s?[\s"'\\tnr]{0,32}[:=>]`;
/** A string that ends with a name: a key, however far its colon is, or what says of another member what it holds. */
const QUOTED = String.raw`(?:${NAME_ENDS}|pwd)s?\\*["']`;
/**
 * A login ends with an @ before whatever ends the part of an address that may have one; where that cannot be seen any more,
 * there may be one. A backslash ends none: what it stands for is not known here.
 */
const LOGIN = String.raw`://[^ \t\r\n/?#"'<>\x60@]*(?:@|$)`;
/** What a hit has to be part of, so that a word such as `token` in prose is told from a name. */
const HINTS = `${NAMED}|(?:bearer|basic)[\\s\\\\]|-----BEGIN|eyJ|A[KS]IA|AIza|gh[oprsu]_|hub_pat_|glpat-|npm_|xox[abeoprs]-|xapp-|k_(?:live|test)_|whsec_|sk-(?:ant|proj)-|${LOGIN}`;
const PLAIN_HINT = new RegExp(HINTS, 'i');
const HINT = new RegExp(`${HINTS}|${QUOTED}`, 'i');

/**
 * Makes the scan that tells bytes without a secret from those that need a closer look. It looks at four bytes at every
 * third place, and so meets every six characters in a row; nothing is made but for hits. It may be true for nothing; it
 * is false only for bytes that redaction would leave as they are.
 */
export function createTriggerScan(settings: RedactionSettings): TriggerScan {
  const others = otherTriggers(settings);
  const { rules, fields } = settings;
  if (rules.length + fields.length === 0) return () => false;
  if (rules.length === 0) return (bytes, begin = 0) => (begin === 0 && isEncoded(bytes)) || others(bytes);
  const { table, grams, words, behindWord } = triggerGrams();
  let buffer: ArrayBufferLike | undefined;
  let newest: DataView = new DataView(new ArrayBuffer(0));
  return (bytes, begin = 0) => {
    // The values of one fetch lie in one buffer.
    if (bytes.buffer !== buffer) {
      buffer = bytes.buffer;
      newest = new DataView(buffer);
    }
    const view = newest;
    const from = bytes.byteOffset;
    const last = from + bytes.length - 4;
    // Where a run of digits ends that was looked at.
    let judged = 0;
    for (let at = from + begin; at <= last; at += 3) {
      const word = view.getInt32(at, true);
      if ((word & 0xf0f0f0f0) === 0x30303030) {
        // The sum leaves out the signs behind 9.
        if (((word + 0x06060606) & 0xf0f0f0f0) !== 0x30303030 || at < judged) continue;
        const end = runEnd(bytes, at - from);
        if (holdsCard(bytes, at - from, end)) return true;
        judged = from + end;
        // What begins within the run and goes on behind it is met: its last five bytes are looked at again.
        at = Math.max(at, judged - 8);
        continue;
      }
      const folded = word | LOWER;
      const hash = Math.imul(folded, HASH) >>> (32 - TABLE_BITS);
      if ((table[hash >>> 5]! & (1 << (hash & 31))) === 0 || !grams.has(folded)) continue;
      const place = at - from;
      if ((!words.has(folded) || mayBeName(bytes, place, behindWord)) && hints(bytes, place, begin > 0)) return true;
    }
    // Without a backslash nothing is hidden, and what begins elsewhere than at 0 has none.
    return (begin === 0 && isEncoded(bytes)) || others(bytes);
  };
}

/** Finds where a scan has to look: whatever {@link createTriggerScan} would stop at, and perhaps more. */
export interface HitFinder {
  /** @returns the first place from `begin` on; -1 for none, undefined where it cannot tell */
  firstHit(bytes: Buffer, begin: number): number | undefined;
  /** The next one, of the same bytes. */
  nextHit(): number;
}

/** The same scan of the default rules, by what finds its hits in less time. */
export function createScanBy(finder: HitFinder, scan: TriggerScan): TriggerScan {
  return (bytes, begin = 0) => {
    let place = finder.firstHit(bytes, begin);
    if (place === undefined) return scan(bytes, begin);
    for (; place >= 0; place = finder.nextHit()) {
      const isSecret = isNumber(bytes, place)
        ? holdsCard(bytes, place, runEnd(bytes, place))
        : hints(bytes, place, begin > 0);
      if (isSecret) return true;
    }
    return begin === 0 && isEncoded(bytes);
  };
}

/** Four digits in a row; a beginning of a secret may begin with one, too. */
function isNumber(bytes: Buffer, place: number): boolean {
  return isDigit(bytes, place) && isDigit(bytes, place + 1) && isDigit(bytes, place + 2) && isDigit(bytes, place + 3);
}

/** @param begin where a plain log's free text begins: what is before it is known, and its bytes hold no escape */
export type TriggerScan = (bytes: Buffer, begin?: number) => boolean;

/** @param plain a record of strings without escapes, whose names are known */
function hints(bytes: Buffer, place: number, plain: boolean): boolean {
  return (plain ? PLAIN_HINT : HINT).test(bytes.toString('latin1', Math.max(0, place - LOOK_BACK), place + LOOK_AHEAD));
}

/** The place behind a run of digits with at most one blank or dash between two, seen from a digit of it. */
function runEnd(bytes: Buffer, at: number): number {
  let end = at + 1;
  while (isPart(bytes, end, end + 1)) end += 1;
  return end;
}

/** True when the run holds the number of a card. Most long numbers are none: times, ids. */
function holdsCard(bytes: Buffer, at: number, end: number): boolean {
  let start = at;
  while (isPart(bytes, start - 1, start - 2)) start -= 1;
  if (end - start < CARD_DIGITS || isNoCard(bytes, start, end)) return false;
  let found = false;
  findCards(bytes.toString('latin1', start, end), () => (found = true));
  return found;
}

/** True for a run of digits alone that no issuer begins so, such as a time since the epoch: without a string being made. */
function isNoCard(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start]! - ZERO;
  if (first >= LEAST_ISSUER && first <= MOST_ISSUER) return false;
  for (let at = start; at < end; at += 1) if (!isDigit(bytes, at)) return false;
  return true;
}

/** @param next the place behind, seen from where the number was entered */
function isPart(bytes: Buffer, place: number, next: number): boolean {
  const byte = bytes[place];
  return isDigit(bytes, place) || ((byte === BLANK || byte === DASH) && isDigit(bytes, next));
}

function isDigit(bytes: Buffer, place: number): boolean {
  const byte = bytes[place];
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}

/** For what is redacted by choice: a search that costs more. */
function otherTriggers({ rules, fields }: RedactionSettings): (bytes: Buffer) => boolean {
  const triggers = [...fields.map((name) => name.slice(name.lastIndexOf('.') + 1).replace(/[^\w]/g, '\\$&'))];
  if (rules.includes('email')) triggers.push('@');
  if (rules.includes('ip')) triggers.push('\\d\\.\\d', '[0-9a-f]::?[0-9a-f]', '::');
  if (triggers.length === 0) return () => false;
  const pattern = new RegExp(triggers.join('|'), 'i');
  return (bytes) => pattern.test(bytes.toString('latin1'));
}

/** Whether a word that is met within is followed by what follows a name, without a string being made. */
function mayBeName(bytes: Buffer, place: number, behindWord: Uint8Array): boolean {
  let at = place;
  // Both are bounded: a megabyte of names without a gap would otherwise be walked through once for each of them.
  const end = place + MAX_WALK;
  while (at < end && (bytes[at]! | BLANK) >= 97 && (bytes[at]! | BLANK) <= 122) at += 1;
  while (at < end && bytes[at] === BLANK) at += 1;
  return at === end || at >= bytes.length || behindWord[bytes[at]!] === 1;
}

/** Whether these settings need a search beside that for grams. */
export function hasOtherTriggers({ rules, fields }: RedactionSettings): boolean {
  return fields.length > 0 || rules.includes('email') || rules.includes('ip');
}
