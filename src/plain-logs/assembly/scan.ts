import { FIELDS_AT, FIELD_SIZE, LEVELS_AT, LEVEL_SIZE, MAX_NAME, START_AT, START_LENGTH, TIME_LENGTH } from './layout';
import { escapesMet, isDigit, textEnd } from './text';
import { isTime } from './time';
import { mayHoldSecret } from './triggers';

const QUOTE: u8 = 34;
const COMMA: u8 = 44;
const POINT: u8 = 46;
const ZERO: u8 = 48;
const COLON: u8 = 58;
const OPENING_BRACKET: u8 = 91;
const CLOSING_BRACKET: u8 = 93;
const CLOSING_BRACE: u8 = 125;

/** What a field's value must be; plain-log-kernel.ts gives each field one of these. */
const SERVICE: u32 = 1;
const LEVEL: u32 = 2;
const TEXT: u32 = 3;
const STATUS: u32 = 4;
const NUMBER: u32 = 5;
const TEXTS: u32 = 6;
const ERROR_CODE: u32 = 7;

/** Digits of a number that are certain to be taken as they are. */
const MAX_DIGITS: usize = 15;
/** Where a plain log's free text begins. */
const TEXT_FROM: usize = 38;
const MAX_SERVICE_LENGTH: usize = 512;
/** Exact: a number of 15 digits divided by one of these is the number that its text stands for. */
const TENS = memory.data<f64>([1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]);

/** Bits of what {@link scan} answers, beside the level in the lowest three and the status in the next ten. */
const HAS_STATUS: u32 = 1 << 13;
const HAS_RESPONSE_TIME: u32 = 1 << 14;
const HAS_ERROR_CODE: u32 = 1 << 15;
const MAY_HOLD_SECRET: u32 = 1 << 16;
const ESCAPED: u32 = 1 << 17;

let response: f64 = 0;
let errorAt: usize = 0;
let errorSize: usize = 0;

/** Of the log that was scanned last. */
export function responseTime(): f64 {
  return response;
}
/** The same: where the text of its error code stands, without quotes. */
export function errorCodeAt(): usize {
  return errorAt;
}
export function errorCodeLength(): usize {
  return errorSize;
}

/**
 * Reads a log whose bytes can stand in a bulk body as they are, by the rules of scan-plain-log.ts, and looks for what may
 * be a secret in it.
 *
 * @param required the bits of fields that must be there
 * @returns 0 for any other bytes
 */
export function scan(from: usize, length: usize, required: u32): u32 {
  if (length <= START_LENGTH + TIME_LENGTH + 1) return 0;
  const last = from + length - 1;
  if (load<u8>(last) != CLOSING_BRACE) return 0;
  // 14 bytes, as two words that overlap.
  if (load<u64>(from) != load<u64>(START_AT) || load<u64>(from, 6) != load<u64>(START_AT, 6)) return 0;
  let at = from + START_LENGTH;
  if (!isTime(at)) return 0;
  at += TIME_LENGTH;
  if (load<u8>(at) != QUOTE) return 0;
  at += 1;
  let seen: u32 = 0;
  let found: u32 = 0;
  while (at < last) {
    if (load<u8>(at) != COMMA || load<u8>(at, 1) != QUOTE) return 0;
    const nameAt = at + 2;
    const nameEnd = nameAt + nameLength(nameAt);
    // A value follows, before the closing brace.
    if (nameEnd + 1 >= last || load<u8>(nameEnd) != QUOTE || load<u8>(nameEnd, 1) != COLON) return 0;
    const field = fieldAt(nameAt, nameEnd - nameAt);
    const kind = load<u32>(field, 32);
    const bit = load<u32>(field, 36);
    if (kind == 0 || (seen & bit) != 0) return 0;
    seen |= bit;
    const value = nameEnd + 2;
    const escapes = escapesMet();
    if (kind == STATUS) {
      const status = statusAt(value, last);
      if (status == 0) return 0;
      found |= HAS_STATUS | (status << 3);
      at = value + 3;
    } else if (kind == NUMBER) {
      at = readNumber(value);
      found |= HAS_RESPONSE_TIME;
    } else if (kind == TEXTS) {
      at = textsEnd(value, last);
    } else {
      at = textEnd(value, last);
      if (at == 0) return 0;
      const size = at - value - 2;
      if (kind == LEVEL) {
        const level = levelAt(value + 1, size);
        if (level == 0) return 0;
        found |= level;
      } else if (kind == SERVICE) {
        if (size == 0 || size > MAX_SERVICE_LENGTH) return 0;
      } else if (kind == ERROR_CODE) {
        errorAt = value + 1;
        errorSize = size;
        found |= HAS_ERROR_CODE;
      }
    }
    if (at == 0) return 0;
    if (escapesMet() != escapes) {
      if (kind != TEXT && kind != TEXTS) return 0;
      found |= ESCAPED;
    }
  }
  if (at != last || (seen & required) != required) return 0;
  return mayHoldSecret(from, length, TEXT_FROM) ? found | MAY_HOLD_SECRET : found;
}

/** Bytes up to the next quote; one more than {@link MAX_NAME} where there is none. */
function nameLength(at: usize): usize {
  const mask = v128.bitmask<i8>(v128.eq<u8>(v128.load(at), v128.splat<u8>(QUOTE)));
  if (mask != 0) return ctz(mask) as usize;
  return load<u8>(at, MAX_NAME) == QUOTE ? MAX_NAME : MAX_NAME + 1;
}

/** The known field of this name, or a place of zeros. */
function fieldAt(name: usize, length: usize): usize {
  const none = FIELDS_AT;
  if (length == 0 || length > MAX_NAME) return none;
  const field = FIELDS_AT + ((length << 5) | ((load<u8>(name) & 31) as usize)) * FIELD_SIZE;
  const isIt =
    (load<u64>(name) & load<u64>(field, 16)) == load<u64>(field) &&
    (load<u64>(name, 8) & load<u64>(field, 24)) == load<u64>(field, 8);
  return isIt ? field : none;
}

function levelAt(text: usize, length: usize): u32 {
  const level = LEVELS_AT + ((load<u8>(text) & 31) as usize) * LEVEL_SIZE;
  if ((load<u32>(level, 16) as usize) != length) return 0;
  return (load<u64>(text) & load<u64>(level, 8)) == load<u64>(level) ? load<u32>(level, 20) : 0;
}

/** A status of three digits from 100 to 599; 0 for anything else. What follows it is checked by the caller. */
function statusAt(at: usize, last: usize): u32 {
  const hundreds = (load<u8>(at) as u32) - ZERO;
  if (at + 3 > last || hundreds < 1 || hundreds > 5) return 0;
  if (!isDigit(load<u8>(at, 1)) || !isDigit(load<u8>(at, 2))) return 0;
  return hundreds * 100 + ((load<u8>(at, 1) as u32) - ZERO) * 10 + ((load<u8>(at, 2) as u32) - ZERO);
}

/** The place behind a number that is not negative, of a few digits and perhaps a fraction; 0 for anything else. */
function readNumber(from: usize): usize {
  let at = from;
  let digits: u64 = 0;
  // Neither goes beyond the record: its last byte is none. What is too long may overflow, and is refused.
  while (isDigit(load<u8>(at))) digits = digits * 10 + ((load<u8>(at++) as u64) - ZERO);
  if (at == from || (load<u8>(from) == ZERO && at > from + 1)) return 0;
  let fraction: usize = 0;
  if (load<u8>(at) == POINT) {
    const point = at++;
    while (isDigit(load<u8>(at))) digits = digits * 10 + ((load<u8>(at++) as u64) - ZERO);
    fraction = at - point - 1;
    if (fraction == 0) return 0;
  }
  if (at - from > MAX_DIGITS) return 0;
  response = (digits as f64) / load<f64>(TENS + (fraction << 3));
  return at;
}

function textsEnd(from: usize, last: usize): usize {
  if (load<u8>(from) != OPENING_BRACKET) return 0;
  if (load<u8>(from, 1) == CLOSING_BRACKET) return from + 2;
  let at = from;
  do {
    at = textEnd(at + 1, last);
    if (at == 0) return 0;
  } while (load<u8>(at) == COMMA);
  return load<u8>(at) == CLOSING_BRACKET ? at + 1 : 0;
}
