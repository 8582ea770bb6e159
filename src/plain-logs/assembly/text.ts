const QUOTE: u8 = 34;
const BACKSLASH: u8 = 92;
const BLANK: i8 = 32;

/** Escapes that {@link textEnd} has met. */
let escapes: u32 = 0;

export function escapesMet(): u32 {
  return escapes;
}

/**
 * The place behind the closing quote of a string of plain characters, ASCII, and of escapes as JavaScript writes them. 0 for
 * anything else.
 *
 * @param last where the record's last byte stands, before which the string must end
 */
export function textEnd(from: usize, last: usize): usize {
  if (load<u8>(from) != QUOTE) return 0;
  let at = from + 1;
  while (at < last) {
    const bytes = v128.load(at);
    // Bytes from 128 on are negative here.
    const odd = v128.or(
      v128.lt<i8>(bytes, v128.splat<i8>(BLANK)),
      v128.or(v128.eq<u8>(bytes, v128.splat<u8>(QUOTE)), v128.eq<u8>(bytes, v128.splat<u8>(BACKSLASH))),
    );
    const mask = v128.bitmask<i8>(odd);
    if (mask == 0) {
      at += 16;
      continue;
    }
    const end = at + (ctz(mask) as usize);
    if (end >= last) return 0;
    if (load<u8>(end) == QUOTE) return end + 1;
    if (load<u8>(end) != BACKSLASH || !mayBeEscaped(load<u8>(end, 1))) return 0;
    escapes += 1;
    at = end + 2;
  }
  return 0;
}

/** A quote, a backslash, or one of b, f, n, r and t. */
function mayBeEscaped(byte: u8): bool {
  return byte == QUOTE || byte == BACKSLASH || (byte - 98 <= 18 && ((0x5_1011 >> (byte - 98)) & 1) != 0);
}

export function isDigit(byte: u8): bool {
  return byte - 48 <= 9;
}
