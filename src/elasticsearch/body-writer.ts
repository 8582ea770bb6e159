import type { DocumentBody } from '../domain/record';
import { BodyMemory } from './body-memory';

const POINT = 46;
const ZERO = 48;
const COLON = 58;
const ZULU = 90;
/** The most digits of an integer that JavaScript is exact about. */
const MAX_DIGITS = 16;
const HALF = 1e8;
const BLANK = 32;
const QUOTE = 34;
const BACKSLASH = 92;
const LAST_ASCII = 127;
/** Up to so many bytes are copied one by one: to ask the engine for it costs a view of them. */
const FEW = 96;
/** More than the digits of any number, its sign, point and exponent. */
export const NUMBER_BYTES = 32;
const DAY_MS = 86_400_000;

/** One growing buffer that a bulk body is written into once, byte by byte where a string would cost more than its bytes. */
export class BodyWriter implements DocumentBody {
  #bytes: Buffer;
  #length = 0;
  /** The day that was written last, and its text up to the `T`. */
  #day = NaN;
  #dayText = '';

  constructor(
    size: number,
    private readonly memory = new BodyMemory(),
  ) {
    this.#bytes = memory.take(size);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written, without a copy. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room. The other calls but {@link text} and {@link quoted} do not look whether there is any. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = this.memory.take(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.memory.giveBack(this.#bytes);
    this.#bytes = larger;
  }

  bytes(some: Uint8Array): void {
    this.#bytes.set(some, this.#length);
    this.#length += some.length;
  }

  /** What stands in `of` from `start` up to `end`. */
  part(of: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    if (end - start > FEW) bytes.set(of.subarray(start, end), at);
    else for (let from = start; from < end; from += 1) bytes[at++] = of[from]!;
    this.#length += end - start;
  }

  /** The same without the backslashes that escape what stands behind them. */
  unescaped(of: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let from = start; from < end; from += 1) {
      if (of[from] === BACKSLASH) from += 1;
      bytes[at++] = of[from]!;
    }
    this.#length = at;
  }

  /** The same with a backslash before each quote and backslash. */
  escaped(of: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let from = start; from < end; from += 1) {
      const byte = of[from]!;
      if (byte === QUOTE || byte === BACKSLASH) bytes[at++] = BACKSLASH;
      bytes[at++] = byte;
    }
    this.#length = at;
  }

  /** Takes back the last byte. */
  dropLast(): void {
    this.#length -= 1;
  }

  byte(one: number): void {
    this.#bytes[this.#length] = one;
    this.#length += 1;
  }

  /** Puts another byte in the place of one that was written. */
  replace(at: number, one: number): void {
    this.#bytes[at] = one;
  }

  /** A short text of ASCII only. */
  ascii(text: string): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i += 1) bytes[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  /** A whole number that is neither negative nor too large to be exact, with zeros before it up to 16 digits. */
  padded(number: number): void {
    const high = Math.floor(number / HALF);
    this.#digits(high, this.#length);
    this.#digits(number - high * HALF, this.#length + MAX_DIGITS / 2);
    this.#length += MAX_DIGITS;
  }

  /** Any whole number. */
  decimal(number: number): void {
    if (!(number >= 0 && number <= Number.MAX_SAFE_INTEGER)) return this.ascii(String(number));
    const from = this.#length;
    this.padded(number);
    let skipped = 0;
    while (skipped < MAX_DIGITS - 1 && this.#bytes[from + skipped] === ZERO) skipped += 1;
    this.#bytes.copyWithin(from, from + skipped, from + MAX_DIGITS);
    this.#length -= skipped;
  }

  /** Any number, as JSON.stringify writes it. */
  number(one: number): void {
    if (Number.isInteger(one) && one >= 0 && one <= Number.MAX_SAFE_INTEGER) this.decimal(one);
    else this.ascii(Number.isFinite(one) ? String(one) : 'null');
  }

  /** A time of ms since the epoch as `2026-11-24T11:59:58.123Z`, of the years 0 to 9999. */
  time(ms: number): void {
    const day = Math.floor(ms / DAY_MS);
    if (day !== this.#day) {
      this.#dayText = new Date(day * DAY_MS).toISOString().slice(0, 11);
      this.#day = day;
    }
    this.ascii(this.#dayText);
    const clock = ms - day * DAY_MS;
    const seconds = Math.floor(clock / 1000);
    const minutes = Math.floor(seconds / 60);
    const bytes = this.#bytes;
    const at = this.#length;
    this.#twoDigits(Math.floor(minutes / 60), at);
    bytes[at + 2] = COLON;
    this.#twoDigits(minutes % 60, at + 3);
    bytes[at + 5] = COLON;
    this.#twoDigits(seconds % 60, at + 6);
    bytes[at + 8] = POINT;
    const thousandths = clock - seconds * 1000;
    bytes[at + 9] = ZERO + Math.floor(thousandths / 100);
    this.#twoDigits(thousandths % 100, at + 10);
    bytes[at + 12] = ZULU;
    this.#length += 13;
  }

  #twoDigits(number: number, at: number): void {
    const tens = Math.floor(number / 10);
    this.#bytes[at] = ZERO + tens;
    this.#bytes[at + 1] = ZERO + number - tens * 10;
  }

  /** Any text, as UTF-8; makes its own room. */
  text(text: string): void {
    // A UTF-16 unit takes at most three bytes in UTF-8.
    this.reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Any text as a JSON string, as JSON.stringify writes it; makes its own room. */
  quoted(text: string): void {
    this.reserve(text.length + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      // Most texts are ASCII without anything to escape: only for the others it pays to ask the engine.
      if (code < BLANK || code === QUOTE || code === BACKSLASH || code > LAST_ASCII)
        return this.text(JSON.stringify(text));
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.#length = at;
  }

  /** Eight digits. */
  #digits(number: number, at: number): void {
    const bytes = this.#bytes;
    let rest = number;
    for (let i = at + MAX_DIGITS / 2 - 1; i >= at; i -= 1) {
      const tens = (rest / 10) | 0;
      bytes[i] = ZERO + rest - tens * 10;
      rest = tens;
    }
  }
}
