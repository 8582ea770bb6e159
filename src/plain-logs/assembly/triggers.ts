import { BEHIND_WORD_AT, BITS_AT, GRAMS_AT, GRAM_SLOTS, GRAM_WORDS_AT } from './layout';
import { isDigit } from './text';

/** These are trigger-scan.ts's. */
const TABLE_BITS: u32 = 18;
const HASH: u32 = 0x9e3779b1;
const LOWER: u32 = 0x20202020;
const CARD_DIGITS: usize = 13;
const LEAST_ISSUER: u8 = 50;
const MOST_ISSUER: u8 = 54;
const GRAM_BITS: u32 = 15;
const MAX_WALK: usize = 32;

/** Of the bytes that are gone through: where they begin and end, where to go on, and where a run of digits ends that was looked at. */
let start: usize = 0;
let end: usize = 0;
let next: usize = 0;
let judged: usize = 0;

/** True where the redaction's own scan has to look. */
export function mayHoldSecret(from: usize, length: usize, begin: usize): bool {
  return firstHit(from, length, begin) >= 0;
}

/**
 * The first place at which the redaction's own scan has to look: at a beginning that it knows, or at a run of digits that is as
 * long as the number of a card. It goes through the bytes by the same steps, and so passes over nothing that the other would
 * stop at.
 *
 * @param begin where the text begins: what is before it is known
 * @returns -1 for none
 */
export function firstHit(from: usize, length: usize, begin: usize): i32 {
  start = from;
  end = from + length;
  next = from + begin;
  judged = 0;
  return nextHit();
}

/** The next one of the same bytes. */
export function nextHit(): i32 {
  const last = end - 4;
  for (let at = next; at <= last; at += 3) {
    const word = load<u32>(at);
    if ((word & 0xf0f0f0f0) == 0x30303030) {
      // The sum leaves out the signs behind 9.
      if (((word + 0x06060606) & 0xf0f0f0f0) != 0x30303030 || at < judged) continue;
      const met = at;
      judged = runEnd(at, start, end);
      if (judged - 8 > at) at = judged - 8;
      if (mayBeCard(met, judged, start, end)) return found(met, at);
      continue;
    }
    const folded = word | LOWER;
    const hash = (folded * HASH) >>> (32 - TABLE_BITS);
    if ((load<u32>(BITS_AT + ((hash >>> 5) << 2)) & (1 << (hash & 31))) == 0) continue;
    const slot = slotOf(folded);
    if (slot < GRAM_SLOTS && (load<u8>(GRAM_WORDS_AT + slot) == 0 || mayBeName(at, end))) return found(at, at);
  }
  next = end;
  return -1;
}

/** @param at the place from which to go on, one step behind it */
function found(place: usize, at: usize): i32 {
  next = at + 3;
  return (place - start) as i32;
}

/** By linear probing: at most a half of the slots is taken. {@link GRAM_SLOTS} for what is none. */
function slotOf(folded: u32): u32 {
  let slot = (folded * HASH) >>> (32 - GRAM_BITS);
  let gram = load<u32>(GRAMS_AT + ((slot as usize) << 2));
  while (gram != folded && gram != 0) {
    slot = (slot + 1) & (GRAM_SLOTS - 1);
    gram = load<u32>(GRAMS_AT + ((slot as usize) << 2));
  }
  return gram == folded ? slot : GRAM_SLOTS;
}

/** Whether a word that is met within is followed by what follows a name; what is long or ends the log may be one. */
function mayBeName(place: usize, end: usize): bool {
  let at = place;
  const stop = place + MAX_WALK;
  while (at < stop && isLetter(load<u8>(at))) at += 1;
  while (at < stop && load<u8>(at) == 32) at += 1;
  return at == stop || at >= end || load<u8>(BEHIND_WORD_AT + (load<u8>(at) as usize)) != 0;
}

function isLetter(byte: u8): bool {
  return (byte | 32) - 97 <= 25;
}

/** The place behind a run of digits with at most one blank or dash between two, seen from a digit of it. */
function runEnd(at: usize, from: usize, end: usize): usize {
  let behind = at + 1;
  while (isPart(behind, behind + 1, from, end)) behind += 1;
  return behind;
}

function mayBeCard(at: usize, behind: usize, from: usize, end: usize): bool {
  let start = at;
  while (isPart(start - 1, start - 2, from, end)) start -= 1;
  if (behind - start < CARD_DIGITS) return false;
  const first = load<u8>(start);
  if (first >= LEAST_ISSUER && first <= MOST_ISSUER) return true;
  for (let digit = start; digit < behind; digit += 1) if (!isDigit(load<u8>(digit))) return true;
  return false;
}

/** @param next the place behind, seen from where the number was entered */
function isPart(place: usize, next: usize, from: usize, end: usize): bool {
  if (place < from || place >= end) return false;
  const byte = load<u8>(place);
  if (isDigit(byte)) return true;
  return (byte == 32 || byte == 45) && next >= from && next < end && isDigit(load<u8>(next));
}
