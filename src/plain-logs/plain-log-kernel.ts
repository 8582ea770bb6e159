import { LEVELS, type Level, type ScoredFields } from '../domain/record';
import { KERNEL_BYTES } from './kernel-bytes';

/** What the code of `assembly/` exports; lengths and places are in bytes. */
interface KernelExports {
  memory: { buffer: ArrayBuffer };
  scan(from: number, length: number, required: number): number;
  responseTime(): number;
  errorCodeAt(): number;
  errorCodeLength(): number;
  append(from: number, length: number, used: number, offset: number, timestamp: number, remarkable: boolean): number;
}

/** What tells a plain log from any other, and what may be a secret: the rules of those that read one by one. */
export interface PlainLogRules {
  /** What a field behind the time must be, by name; at most 16 letters. */
  fields: Readonly<Record<string, string>>;
  required: readonly string[];
  /** The redaction's, see trigger-scan.ts. */
  triggers: { table: Int32Array; grams: ReadonlySet<number>; words: ReadonlySet<number>; behindWord: Uint8Array };
}

/** What the items of a part have in common: what stands around their offsets, bytes and hashes. All ASCII. */
export interface ItemPieces {
  beforeOffset: string;
  behindOffset: string;
  /** Behind the log's own fields, of one that is not remarkable, up to the offset. */
  unremarkable: string;
  timestamp: string;
  behindTimestamp: string;
  end: string;
}

/** Where items go when there is no more room for them here. */
export interface ItemSink {
  reserve(bytes: number): void;
  bytes(some: Uint8Array): void;
}

/** As assembly/scan.ts numbers them. */
const KINDS = ['', 'service', 'level', 'text', 'status', 'number', 'texts', 'error_code'];
/** As assembly/write.ts numbers them; the fourth is the verdict's. */
const PIECES = ['beforeOffset', 'behindOffset', 'unremarkable', '', 'timestamp', 'behindTimestamp', 'end'] as const;
const VERDICT = 3;
const START = '{"timestamp":"';
/** Of what {@link KernelExports.scan} answers. */
const [LEVEL_MASK, STATUS_SHIFT, STATUS_MASK] = [7, 3, 1023];
const [HAS_STATUS, HAS_RESPONSE_TIME, HAS_ERROR_CODE, MAY_HOLD_SECRET] = [1 << 13, 1 << 14, 1 << 15, 1 << 16];
const HASH = 0x9e3779b1 | 0;
/** Longer logs are left to others: a body's room is for many. */
const MAX_LOG_BYTES = 64 * 1024;
/** More than an item has beside its log. */
const ITEM_BYTES = 8 * 1024;
/** Bytes that may be read or written behind the end of a piece. */
const OVERRUN = 16;

let compiled: WebAssembly.Module | undefined;

/**
 * Takes plain logs from Kafka's answers into bulk bodies, many bytes at a time and without an object for any part of them: the
 * code of `assembly/`, in a memory of its own. It holds the log that was scanned last and, for one sink at a time, items that
 * have not gone to it yet.
 */
export class PlainLogKernel {
  readonly #code: KernelExports;
  readonly #place: (name: string) => number;
  readonly #memory: Buffer;
  readonly #records: number;
  readonly #recordsSize: number;
  readonly #body: number;
  readonly #bodySize: number;
  readonly #piecesAt: number;
  readonly #pieceLengths: number;
  readonly #pieceSize: number;
  readonly #required: number;
  /** Bytes that were taken in last, and which of them. */
  #held: Buffer | undefined;
  #heldFrom = 0;
  #heldTo = 0;
  /** The log that was scanned last. */
  #at = 0;
  #length = 0;
  #mayHoldSecret = false;
  #sink: ItemSink | undefined;
  #pieces: ItemPieces | undefined;
  #used = 0;

  constructor(rules: PlainLogRules) {
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BYTES, 'base64'));
    const { exports } = new WebAssembly.Instance(compiled, {});
    this.#code = exports as unknown as KernelExports;
    this.#place = (name) => (exports[name] as { value: number }).value;
    this.#memory = Buffer.from(this.#code.memory.buffer);
    this.#records = this.#place('RECORDS_AT');
    this.#recordsSize = this.#place('RECORDS_SIZE');
    this.#body = this.#place('BODY_AT');
    this.#bodySize = this.#place('BODY_SIZE');
    this.#piecesAt = this.#place('PIECES_AT');
    this.#pieceLengths = this.#place('PIECE_LENGTHS_AT');
    this.#pieceSize = this.#place('PIECE_SIZE');
    this.#memory.write(START, this.#place('START_AT'), 'latin1');
    this.#required = this.#writeFields(rules);
    this.#writeLevels();
    this.#writeTriggers(rules.triggers);
  }

  /**
   * Reads a log that stands in `bytes`.
   *
   * @returns what scoring looks at; undefined for any other record than a plain log, and for one that is too long
   */
  scan(bytes: Buffer, at: number, length: number): ScoredFields | undefined {
    // Only what may be one is taken in. A length below 0 is no value.
    if (length < START.length || length > MAX_LOG_BYTES) return undefined;
    if (bytes[at + 2] !== 116 || bytes[at + 11] !== 34 || bytes[at + 1] !== 34) return undefined;
    const from = this.#takeIn(bytes, at, length);
    const found = this.#code.scan(from, length, this.#required);
    if (found === 0) return undefined;
    this.#at = from;
    this.#length = length;
    this.#mayHoldSecret = (found & MAY_HOLD_SECRET) !== 0;
    return {
      level: LEVELS[(found & LEVEL_MASK) - 1] as Level,
      status_code: (found & HAS_STATUS) === 0 ? undefined : (found >>> STATUS_SHIFT) & STATUS_MASK,
      response_time_ms: (found & HAS_RESPONSE_TIME) === 0 ? undefined : this.#code.responseTime(),
      error_code: (found & HAS_ERROR_CODE) === 0 ? undefined : this.#errorCode(),
    };
  }

  /** Of the log that was scanned last: false only where the redaction's own scan finds nothing. */
  get mayHoldSecret(): boolean {
    return this.#mayHoldSecret;
  }

  /** Bytes that are still to go to this sink. */
  pending(sink: ItemSink): number {
    return this.#sink === sink ? this.#used : 0;
  }

  /**
   * Writes an item of the log that was scanned last.
   *
   * @param offset and `timestamp`: whole numbers from 0 on that are exact
   * @param verdict what stands in the place of {@link ItemPieces.unremarkable}: ASCII, at most 1,000 characters
   */
  append(sink: ItemSink, pieces: ItemPieces, offset: number, timestamp: number, verdict?: string): void {
    if (this.#sink !== sink || this.#used + this.#length + ITEM_BYTES > this.#bodySize) this.#turnTo(sink);
    if (this.#pieces !== pieces) this.#writePieces(pieces);
    if (verdict !== undefined) this.#writePiece(VERDICT, verdict);
    const remarkable = verdict !== undefined;
    this.#used = this.#code.append(this.#at, this.#length, this.#used, offset, timestamp, remarkable);
  }

  /** Lets everything that was written for this sink go to it. */
  flush(sink: ItemSink): void {
    if (this.#sink !== sink) return;
    const used = this.#used;
    // Forgotten first: where there is no memory for it, its batch fails, and no other one.
    this.#used = 0;
    this.#sink = undefined;
    if (used === 0) return;
    sink.reserve(used);
    sink.bytes(this.#memory.subarray(this.#body, this.#body + used));
  }

  /** Lets go of the bytes that were taken in last. */
  letGo(): void {
    this.#held = undefined;
  }

  #turnTo(sink: ItemSink): void {
    if (this.#sink) this.flush(this.#sink);
    this.#sink = sink;
  }

  /** @returns where the log stands in the memory */
  #takeIn(bytes: Buffer, at: number, length: number): number {
    if (bytes !== this.#held || at < this.#heldFrom || at + length > this.#heldTo) {
      const to = Math.min(bytes.length, at + this.#recordsSize);
      this.#memory.set(bytes.subarray(at, to), this.#records);
      this.#held = bytes;
      this.#heldFrom = at;
      this.#heldTo = to;
    }
    return this.#records + at - this.#heldFrom;
  }

  #errorCode(): string {
    const at = this.#code.errorCodeAt();
    return this.#memory.toString('latin1', at, at + this.#code.errorCodeLength());
  }

  #writePieces(pieces: ItemPieces): void {
    PIECES.forEach((name, number) => {
      if (name !== '') this.#writePiece(number, pieces[name]);
    });
    this.#pieces = pieces;
  }

  #writePiece(number: number, text: string): void {
    if (text.length > this.#pieceSize - OVERRUN) throw new RangeError(`${text.length} characters are too many`);
    this.#memory.write(text, this.#piecesAt + number * this.#pieceSize, 'latin1');
    this.#memory.writeUInt32LE(text.length, this.#pieceLengths + number * 4);
  }

  #writeFields({ fields, required }: PlainLogRules): number {
    let bits = 0;
    Object.entries(fields).forEach(([name, kind], number) => {
      const slot = (name.length << 5) | (name.charCodeAt(0) & 31);
      const at = this.#place('FIELDS_AT') + slot * this.#place('FIELD_SIZE');
      if (name.length > this.#place('MAX_NAME') || this.#memory.readUInt32LE(at + 32) !== 0 || !KINDS.includes(kind))
        throw new RangeError(`a field ${name} of kind ${kind} has no place`);
      this.#memory.write(name, at, 'latin1');
      this.#memory.fill(255, at + 16, at + 16 + name.length);
      this.#memory.writeUInt32LE(KINDS.indexOf(kind), at + 32);
      this.#memory.writeUInt32LE(1 << number, at + 36);
      if (required.includes(name)) bits |= 1 << number;
    });
    return bits;
  }

  #writeLevels(): void {
    LEVELS.forEach((level, number) => {
      const at = this.#place('LEVELS_AT') + (level.charCodeAt(0) & 31) * this.#place('LEVEL_SIZE');
      this.#memory.write(level, at, 'latin1');
      this.#memory.fill(255, at + 8, at + 8 + level.length);
      this.#memory.writeUInt32LE(level.length, at + 16);
      this.#memory.writeUInt32LE(number + 1, at + 20);
    });
  }

  #writeTriggers({ table, grams, words, behindWord }: PlainLogRules['triggers']): void {
    this.#memory.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), this.#place('BITS_AT'));
    this.#memory.set(behindWord, this.#place('BEHIND_WORD_AT'));
    const slots = this.#place('GRAM_SLOTS');
    if (grams.size > slots / 2) throw new RangeError(`${grams.size} are too many`);
    const at = this.#place('GRAMS_AT');
    for (const gram of grams) {
      let slot = Math.imul(gram, HASH) >>> (32 - Math.log2(slots));
      while (this.#memory.readInt32LE(at + slot * 4) !== 0) slot = (slot + 1) % slots;
      this.#memory.writeInt32LE(gram, at + slot * 4);
      this.#memory[this.#place('GRAM_WORDS_AT') + slot] = words.has(gram) ? 1 : 0;
    }
  }
}
