const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** One line of an input, without its end. */
export interface Line {
  /** Counts from 1, lines that are left out included. */
  number: number;
  /** Undefined when the line is longer than the limit: its bytes are not kept. */
  bytes: Buffer | undefined;
  /** Bytes of the line, without its end. */
  length: number;
}

/**
 * Cuts chunks of bytes into lines. A line may end with CR LF; a byte order mark before the first is no part of it. Holds
 * at most one line of the limit, however long a line is.
 */
export class LineSplitter {
  #held: Buffer[] = [];
  #length = 0;
  #count = 0;

  constructor(private readonly maxBytes: number) {}

  /** The lines that end within the chunk. */
  feed(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      this.#hold(chunk.subarray(from, end));
      lines.push(this.#take());
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    return lines;
  }

  /** What stands behind the last line end, if anything does. */
  end(): Line[] {
    return this.#length > 0 ? [this.#take()] : [];
  }

  #hold(part: Buffer): void {
    this.#length += part.length;
    // One more than the limit, for a carriage return and the mark.
    if (this.#length > this.maxBytes + 1 + UTF8_MARK.length) this.#held = [];
    else if (part.length > 0) this.#held.push(part);
  }

  #take(): Line {
    this.#count += 1;
    const isWhole = this.#length <= this.maxBytes + 1 + UTF8_MARK.length;
    let bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    const { length } = this;
    this.#held = [];
    this.#length = 0;
    if (!isWhole) return { number: this.#count, bytes: undefined, length };
    if (bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    if (this.#count === 1 && bytes.subarray(0, UTF8_MARK.length).equals(UTF8_MARK)) {
      bytes = bytes.subarray(UTF8_MARK.length);
    }
    const fits = bytes.length <= this.maxBytes;
    return { number: this.#count, bytes: fits ? bytes : undefined, length: bytes.length };
  }

  /** Bytes of the line that has not ended yet. */
  get length(): number {
    return this.#length;
  }
}
