import { LEVELS, type Level, type ScoredFields } from '../domain/record';
import { KERNEL_BYTES } from './kernel-bytes';
import { writeTables, type PlainLogRules } from './kernel-tables';

/** What the code of `assembly/` exports; lengths and places are in bytes. */
interface KernelExports {
  memory: { buffer: ArrayBuffer };
  scan(from: number, length: number, required: number): number;
  responseTime(): number;
  errorCodeAt(): number;
  errorCodeLength(): number;
  firstHit(from: number, length: number, begin: number): number;
  nextHit(): number;
  append(from: number, length: number, used: number, offset: number, timestamp: number, remarkable: boolean): number;
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

/** As assembly/write.ts numbers them; the fourth is the verdict's. */
const PIECES = ['beforeOffset', 'behindOffset', 'unremarkable', '', 'timestamp', 'behindTimestamp', 'end'] as const;
const VERDICT = 3;
const START = '{"timestamp":"';
/** Of what {@link KernelExports.scan} answers. */
const [LEVEL_MASK, STATUS_SHIFT, STATUS_MASK] = [7, 3, 1023];
const [HAS_STATUS, HAS_RESPONSE_TIME, HAS_ERROR_CODE] = [1 << 13, 1 << 14, 1 << 15];
const [MAY_HOLD_SECRET, ESCAPED] = [1 << 16, 1 << 17];
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
  readonly #text: number;
  readonly #textSize: number;
  readonly #required: number;
  /** Bytes that were taken in last, and which of them. */
  #held: Buffer | undefined;
  #heldFrom = 0;
  #heldTo = 0;
  /** The log that was scanned last. */
  #at = 0;
  #length = 0;
  #mayHoldSecret = false;
  #escaped = false;
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
    this.#text = this.#place('TEXT_AT');
    this.#textSize = this.#place('TEXT_SIZE');
    this.#memory.write(START, this.#place('START_AT'), 'latin1');
    this.#required = writeTables(this.#memory, this.#place, rules);
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
    this.#escaped = (found & ESCAPED) !== 0;
    return {
      level: LEVELS[(found & LEVEL_MASK) - 1] as Level,
      status_code: (found & HAS_STATUS) === 0 ? undefined : (found >>> STATUS_SHIFT) & STATUS_MASK,
      response_time_ms: (found & HAS_RESPONSE_TIME) === 0 ? undefined : this.#code.responseTime(),
      error_code: (found & HAS_ERROR_CODE) === 0 ? undefined : this.#errorCode(),
    };
  }

  /** Of the log that was scanned last: whether a text has an escape, behind which more may hide than this looks for. */
  get escaped(): boolean {
    return this.#escaped;
  }

  /** Of the log that was scanned last: false only where the redaction's own scan finds nothing. */
  get mayHoldSecret(): boolean {
    return this.#mayHoldSecret;
  }

  /** The first place of any bytes at which the redaction's own scan has to look; -1 for none, undefined where they are too many. */
  firstHit(bytes: Buffer, begin: number): number | undefined {
    if (bytes.length > this.#textSize) return undefined;
    this.#memory.set(bytes, this.#text);
    return this.#code.firstHit(this.#text, bytes.length, begin);
  }

  /** The next one of the same bytes; no log may be scanned between the two. */
  nextHit(): number {
    return this.#code.nextHit();
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
}
