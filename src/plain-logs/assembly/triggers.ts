import { BEHIND_WORD_AT, BITS_AT, GRAMS_AT, GRAM_SLOTS, GRAM_WORDS_AT } from './layout';
import { isDigit } from './text';

/** These are trigger-scan.ts's. */
const TABLE_BITS: u32 = 18;
const HASH: u32 = 0x9e3779b1;
const LOWER: u32 = 0x20202020;
const CARD_DIGITS: usize = 13;
const LEAST_ISSUER: u8 = 50;
const MOST_ISSUER: u8 = 54;
/** Where a plain log's free text begins. */
const TEXT_FROM: usize = 38;
const GRAM_BITS: u32 = 15;
const MAX_WALK: usize = 32;

/**
 * True where the redaction's own scan has to look: at a beginning that it knows, or at a run of digits that is as long as the
 * number of a card. It goes through a plain log by the same steps, and so passes over nothing that the other would stop at.
 */
export function mayHoldSecret(from: usize, length: usize): bool {
  const end = from + length;
  const last = end - 4;
  let judged: usize = 0;
  for (let at = from + TEXT_FROM; at <= last; at += 3) {
    const word = load<u32>(at);
    if ((word & 0xf0f0f0f0) == 0x30303030) {
      // The sum leaves out the signs behind 9.
      if (((word + 0x06060606) & 0xf0f0f0f0) != 0x30303030 || at < judged) continue;
      const behind = runEnd(at, from, end);
      if (mayBeCard(at, behind, from, end)) return true;
      judged = behind;
      if (judged - 8 > at) at = judged - 8;
      continue;
    }
    const folded = word | LOWER;
    const hash = (folded * HASH) >>> (32 - TABLE_BITS);
    if ((load<u32>(BITS_AT + ((hash >>> 5) << 2)) & (1 << (hash & 31))) == 0) continue;
    const slot = slotOf(folded);
    if (slot < GRAM_SLOTS && (load<u8>(GRAM_WORDS_AT + slot) == 0 || mayBeName(at, end))) return true;
  }
  return false;
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
