import { BYTES_NAME } from './redact-json';

const BACKSLASH = 92;
const BRACKET = 91;
const BYTES = Buffer.from(BYTES_NAME);
/** What may stand between a name and its list: quotes, blanks and the colon, each also escaped. */
const BEHIND_KEY = Uint8Array.from({ length: 256 }, (_, byte) =>
  '\\"nrt \t\r\n:'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** JSON escapes and lists of bytes can hide any character. Escapes of quotes and line breaks hide none that a rule asks for. */
export function isEncoded(bytes: Buffer): boolean {
  if (holdsBytes(bytes)) return true;
  return bytes.includes(BACKSLASH) && (bytes.includes('\\u') || bytes.includes('\\/'));
}

/** True when a list follows the name that may have one of bytes, in JSON or in JSON in a string. */
function holdsBytes(bytes: Buffer): boolean {
  for (let place = bytes.indexOf(BYTES); place >= 0; place = bytes.indexOf(BYTES, place)) {
    place += BYTES.length;
    // No letter of the name is among these: nothing is walked through twice.
    while (place < bytes.length && BEHIND_KEY[bytes[place]!] === 1) place += 1;
    if (bytes[place] === BRACKET) return true;
  }
  return false;
}
