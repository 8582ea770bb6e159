const QUOTE: u8 = 34;
const BACKSLASH: u8 = 92;
const BLANK: i8 = 32;

/**
 * The place behind the closing quote of a string of plain characters: ASCII, nothing to escape. 0 for anything else.
 *
 * @param last where the record's last byte stands, before which the string must end
 */
export function textEnd(from: usize, last: usize): usize {
  if (load<u8>(from) != QUOTE) return 0;
  for (let at = from + 1; at < last; at += 16) {
    const bytes = v128.load(at);
    // Bytes from 128 on are negative here.
    const odd = v128.or(
      v128.lt<i8>(bytes, v128.splat<i8>(BLANK)),
      v128.or(v128.eq<u8>(bytes, v128.splat<u8>(QUOTE)), v128.eq<u8>(bytes, v128.splat<u8>(BACKSLASH))),
    );
    const mask = v128.bitmask<i8>(odd);
    if (mask == 0) continue;
    const end = at + (ctz(mask) as usize);
    return end < last && load<u8>(end) == QUOTE ? end + 1 : 0;
  }
  return 0;
}

export function isDigit(byte: u8): bool {
  return byte - 48 <= 9;
}
