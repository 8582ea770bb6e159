import { isLarge } from '../domain/batch';
import { recordBytes, type KafkaRecord } from '../domain/record';

/** Longer than the broker holds back a fetch that finds nothing (`maxWaitTimeInMs` of range-consumer.ts). */
const QUIET_MS = 300;

/**
 * So many records pay for a batch that goes on sooner: what Temporal does for it is spread over them. Fewer wait for the whole
 * linger, since a batch costs the same whatever its size.
 */
const MANY_RECORDS = 100;
const SHARE_FOR_MANY = 0.75;

/** What one fetch brought: records of a partition, and the offset up to which it covers it. */
interface Chunk {
  records: KafkaRecord[];
  /** Index of the first record not taken yet. */
  head: number;
  /** Every offset below is covered: what has no record in here has none in Kafka. */
  coveredTo: number;
  arrivedAt: number;
  /** Nothing stood behind it then. */
  atEnd: boolean;
}

export interface TakeLimits {
  maxRecords: number;
  maxBytes: number;
  /** Takes no record at or behind this offset. */
  before?: number;
}

/** Records of one range, and the offset the next range starts at. */
export interface Taken {
  records: KafkaRecord[];
  to: number;
  bytes: number;
}

/**
 * What was read ahead of one partition, in order of offset. Ranges that are taken follow each other without a hole;
 * offsets without a record (compacted, aborted, control) fall into the range around them.
 */
export class ReadAhead {
  #chunks: Chunk[] = [];
  #next: number;
  #fetchFrom: number;
  #bytes = 0;
  #count = 0;

  constructor(from: number) {
    this.#next = from;
    this.#fetchFrom = from;
  }

  /** Offset the next taken range starts at. */
  get next(): number {
    return this.#next;
  }

  /** Offset the next fetch must start at. */
  get fetchFrom(): number {
    return this.#fetchFrom;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * When what is in here need not wait for more: `lingerMs` after the oldest record arrived, three quarters of it where many are here. A large batch that reached the end of its
   * partition, and to which nothing was added for a while, is the end of a backlog, and waits no longer: a live stream that
   * brings as much never pauses for so long.
   *
   * @returns ms since the epoch; undefined while there is no record
   */
  dueAt(lingerMs: number): number | undefined {
    const oldest = this.#chunks.find((chunk) => chunk.head < chunk.records.length);
    if (!oldest) return undefined;
    const newest = this.#chunks.at(-1)!;
    const isEnd = newest.atEnd && isLarge({ count: this.#count, bytes: this.#bytes });
    const wait = this.#count < MANY_RECORDS ? lingerMs : lingerMs * SHARE_FOR_MANY;
    return Math.min(oldest.arrivedAt + wait, isEnd ? newest.arrivedAt + QUIET_MS : Infinity);
  }

  /** When the first offset without a record arrived, if nothing but such offsets is in here. */
  get emptySince(): number | undefined {
    return this.#count === 0 ? this.#chunks[0]?.arrivedAt : undefined;
  }

  /** Adds a fetch that started at {@link fetchFrom}. */
  add(records: KafkaRecord[], coveredTo: number, arrivedAt: number, atEnd = false): void {
    this.#chunks.push({ records, head: 0, coveredTo, arrivedAt, atEnd });
    this.#fetchFrom = coveredTo;
    this.#count += records.length;
    for (const record of records) this.#bytes += recordBytes(record);
  }

  /** True when everything before `offset` is in here. */
  covers(offset: number): boolean {
    return this.#fetchFrom >= offset;
  }

  /** True when a take would be stopped by a limit rather than by the end of what is here. */
  fills({ maxRecords, maxBytes }: TakeLimits): boolean {
    return this.#count >= maxRecords || this.#bytes >= maxBytes;
  }

  /** Takes the next range within the limits; at least one record where there is one, however large. */
  take({ maxRecords, maxBytes, before = Infinity }: TakeLimits): Taken {
    const records: KafkaRecord[] = [];
    let bytes = 0;
    let to = this.#next;
    while (this.#chunks.length > 0) {
      const chunk = this.#chunks[0]!;
      let full = false;
      while (chunk.head < chunk.records.length) {
        const record = chunk.records[chunk.head]!;
        const size = recordBytes(record);
        full =
          record.offset >= before || records.length >= maxRecords || (records.length > 0 && bytes + size > maxBytes);
        if (full) break;
        records.push(record);
        bytes += size;
        to = record.offset + 1;
        chunk.head += 1;
      }
      if (full) break;
      to = Math.min(chunk.coveredTo, before);
      if (chunk.coveredTo > before) break;
      this.#chunks.shift();
    }
    if (before !== Infinity && this.covers(before) && this.#firstLeft() >= before) to = before;
    this.#next = to;
    this.#bytes -= bytes;
    this.#count -= records.length;
    return { records, to, bytes };
  }

  #firstLeft(): number {
    const chunk = this.#chunks.find(({ records, head }) => head < records.length);
    return chunk ? chunk.records[chunk.head]!.offset : Infinity;
  }
}
