const NEWLINE = 0x0a;
/** The account of an export is shorter than this. */
const MAX_LINE = 4096;

/** Hands on all lines but the last one, which the writer of the lines meant for whoever checks them. */
export class LastLine {
  #held: Buffer = Buffer.alloc(0);

  /** @returns what can be handed on by now */
  push(piece: Buffer): Buffer {
    const all = Buffer.concat([this.#held, piece]);
    // The end may be a line that is whole: then it may be the last one.
    const before = all.lastIndexOf(NEWLINE, all.length - (all.at(-1) === NEWLINE ? 2 : 1));
    this.#held = all.subarray(before + 1);
    return all.subarray(0, before + 1);
  }

  /** What is held at the end: the last line, as text. */
  get rest(): Buffer {
    return this.#held;
  }

  /** The last line as JSON; undefined when it is none, or too long to be an account. */
  get account(): unknown {
    if (this.#held.length > MAX_LINE) return undefined;
    try {
      return JSON.parse(this.#held.toString('utf8')) as unknown;
    } catch {
      return undefined;
    }
  }
}
