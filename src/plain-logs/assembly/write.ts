import { BODY_AT, PIECES_AT, PIECE_LENGTHS_AT, PIECE_SIZE, SCRATCH_AT } from './layout';
import { xxh64 } from './hash';

/** The constant pieces of an item, in their order; a verdict stands in the place of the one that is unremarkable. */
const BEFORE_OFFSET: usize = 0;
const BEHIND_OFFSET: usize = 1;
const UNREMARKABLE: usize = 2;
const VERDICT: usize = 3;
const TIMESTAMP: usize = 4;
const BEHIND_TIMESTAMP: usize = 5;
const END: usize = 6;

const HALF: u64 = 100_000_000;

/**
 * Writes one item behind what is written already: the action line, and the log with what the pipeline knows of it.
 *
 * @param used bytes of the body that are written
 * @param offset and `timestamp`: whole numbers from 0 up to the largest that is exact
 * @param remarkable whether the verdict that was handed in is the log's
 * @returns bytes that are written now
 */
export function append(from: usize, length: usize, used: usize, offset: f64, timestamp: f64, remarkable: bool): usize {
  let to = piece(BEFORE_OFFSET, BODY_AT + used);
  digits(offset as u64, to);
  to = piece(BEHIND_OFFSET, to + 16);
  // `{"timestamp"` becomes `{"@timestamp"`: the bytes go in whole, a byte late.
  copy(from, length, to + 1);
  store<u8>(to, 123);
  store<u8>(to, 34, 1);
  store<u8>(to, 64, 2);
  // What follows stands in the place of the closing brace.
  to = piece(remarkable ? VERDICT : UNREMARKABLE, to + length);
  to = decimal(offset as u64, to);
  to = piece(TIMESTAMP, to);
  to = decimal(timestamp as u64, to);
  to = piece(BEHIND_TIMESTAMP, to);
  hex(xxh64(from, length), to);
  return piece(END, to + 16) - BODY_AT;
}

function piece(number: usize, to: usize): usize {
  const length = load<u32>(PIECE_LENGTHS_AT + (number << 2)) as usize;
  copy(PIECES_AT + number * PIECE_SIZE, length, to);
  return to + length;
}

/** 16 bytes at a time: up to 15 behind the end are written, too, and written over by what follows. */
function copy(from: usize, length: usize, to: usize): void {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}

/** 16 digits, with zeros before the number. */
function digits(number: u64, to: usize): void {
  const high = number / HALF;
  store<u64>(to, eightDigits(high));
  store<u64>(to, eightDigits(number - high * HALF), 8);
}

/** The digits of a number below 10^8 as eight bytes: two fours, then four twos, then eight ones are divided side by side. */
function eightDigits(number: u64): u64 {
  const fours = (number / 10_000) | ((number % 10_000) << 32);
  const hundreds = ((fours * 10486) >> 20) & 0x7f_0000_007f;
  const twos = ((fours - 100 * hundreds) << 16) + hundreds;
  const tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
  return ((twos - 10 * tens) << 8) + tens + 0x3030_3030_3030_3030;
}

/** Without the zeros. */
function decimal(number: u64, to: usize): usize {
  digits(number, SCRATCH_AT);
  const high = load<u64>(SCRATCH_AT) ^ 0x3030_3030_3030_3030;
  const low = load<u64>(SCRATCH_AT, 8) ^ 0x3030_3030_3030_3030;
  let zeros: usize = 15;
  if (high != 0) zeros = (ctz(high) >> 3) as usize;
  else if (low != 0) zeros = 8 + ((ctz(low) >> 3) as usize);
  v128.store(to, v128.load(SCRATCH_AT + zeros));
  return to + 16 - zeros;
}

/** 16 hexadecimal digits. */
function hex(number: u64, to: usize): void {
  const bytes = i64x2.splat(bswap<u64>(number) as i64);
  const high = v128.shr<u8>(bytes, 4);
  const low = v128.and(bytes, v128.splat<u8>(15));
  const each = v128.shuffle<u8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const signs = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
  v128.store(to, v128.swizzle(signs, each));
}
