import { batchId, type BatchRef } from '../domain/batch';
import type { KafkaRecord } from '../domain/record';
import type { PreparedBatch } from './prepare-batch';

interface Entry {
  records: KafkaRecord[];
  prepared: PreparedBatch | undefined;
  bytes: number;
  /** When its records were read. */
  since: number;
  touched: number;
}

/** A batch that nobody touched for this long was taken over by another worker, or forgotten by a pause. */
const ABANDONED_MS = 60_000;

/**
 * The batches a worker holds between its steps. Bounded in bytes: it takes no further batch rather than give up one in
 * flight; a batch that is not here is read again from Kafka.
 */
export class BatchCache {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  /** What those who asked for a batch found: its bulk bodies, its records, or nothing, so that Kafka is read again. */
  readonly found = { prepared: 0, records: 0, nothing: 0 };

  constructor(
    private readonly maxBytes: number,
    private readonly now: () => number = Date.now,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  get batches(): number {
    return this.#entries.size;
  }

  /** When this worker read the batch, in milliseconds since the epoch; undefined when it does not hold it. */
  since(ref: BatchRef): number | undefined {
    return this.#entries.get(batchId(ref))?.since;
  }

  /** True when a batch of this size may be taken; an empty cache takes any. */
  hasRoom(bytes: number): boolean {
    if (this.#bytes + bytes > this.maxBytes) this.#dropAbandoned();
    return this.#entries.size === 0 || this.#bytes + bytes <= this.maxBytes;
  }

  put(ref: BatchRef, records: KafkaRecord[], bytes: number): void {
    this.release(ref);
    const now = this.now();
    this.#entries.set(batchId(ref), { records, prepared: undefined, bytes, since: now, touched: now });
    this.#bytes += bytes;
  }

  records(ref: BatchRef): KafkaRecord[] | undefined {
    const held = this.#touch(ref)?.records;
    this.found[held ? 'records' : 'nothing'] += 1;
    return held;
  }

  /** The batch as prepared under this epoch. */
  prepared(ref: BatchRef, epoch: number): PreparedBatch | undefined {
    const prepared = this.#touch(ref)?.prepared;
    if (prepared?.epoch !== epoch) return undefined;
    this.found.prepared += 1;
    return prepared;
  }

  keepPrepared(ref: BatchRef, prepared: PreparedBatch): void {
    const entry = this.#touch(ref);
    if (!entry) return;
    const growth = bodyBytes(prepared) - bodyBytes(entry.prepared);
    entry.prepared = prepared;
    entry.bytes += growth;
    this.#bytes += growth;
  }

  release(ref: BatchRef): void {
    this.#drop(batchId(ref));
  }

  #touch(ref: BatchRef): Entry | undefined {
    const entry = this.#entries.get(batchId(ref));
    if (entry) entry.touched = this.now();
    return entry;
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
  }

  #dropAbandoned(): void {
    const limit = this.now() - ABANDONED_MS;
    for (const [id, entry] of this.#entries) if (entry.touched < limit) this.#drop(id);
  }
}

function bodyBytes(prepared: PreparedBatch | undefined): number {
  return (prepared?.parts ?? []).reduce((sum, { body }) => sum + body.buffer.byteLength, 0);
}
