/** Smaller bodies are not worth keeping. */
const LEAST_BYTES = 2 ** 20;
/** Bodies of one topic differ by a few percent: sizes are rounded up to a quarter of a power of two, so that one fits the next. */
const STEPS = 4;
/** A body takes no memory that is more times as large: the cache counts all of it. */
const MOST_TIMES = 2;
/** As many as batches that are written side by side, nearly. */
const MOST_SPARE = 4;
/** A backlog takes a body every second; who needs none for so long gives the memory back. */
const IDLE_MS = 10_000;

/**
 * The memory of bulk bodies, used again: what the system gives is cleared page by page when it is touched first, which
 * costs a worker under load more than to write its bodies.
 */
export class BodyMemory {
  #spare: Buffer[] = [];
  /** What was handed out by {@link take}: anything else may share its memory with others. */
  readonly #own = new WeakSet<ArrayBufferLike>();
  #idle: NodeJS.Timeout | undefined;

  /** Memory for at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    const spare = this.#spare.findLastIndex(({ length }) => length >= bytes && length <= bytes * MOST_TIMES);
    if (spare >= 0) return this.#spare.splice(spare, 1)[0]!;
    const made = Buffer.allocUnsafeSlow(bytes < LEAST_BYTES ? bytes : roundUp(bytes));
    this.#own.add(made.buffer);
    return made;
  }

  /** Takes back what a body was written into. Nobody may read or write it any more. */
  giveBack({ buffer }: Buffer): void {
    if (!this.#own.has(buffer) || buffer.byteLength < LEAST_BYTES) return;
    this.#spare.push(Buffer.from(buffer));
    // The oldest may be of a time of larger bodies, which nobody takes any more.
    if (this.#spare.length > MOST_SPARE) this.#spare.shift();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => (this.#spare = []), IDLE_MS).unref();
  }
}

function roundUp(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(bytes)) / STEPS;
  return Math.ceil(bytes / step) * step;
}
