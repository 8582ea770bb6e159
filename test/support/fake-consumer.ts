import type { Kafka } from 'kafkajs';
import type { KafkaRecord } from '../../src/domain/record';
import type { CommittedOffset, OffsetReader, PartitionEnds, TopicIdentity } from '../../src/kafka/offsets';

type Listener = (event: { payload: Record<string, unknown> }) => void;

/** A kafkajs consumer that delivers what a test says, as kafkajs would: through eachBatch, or in its events alone. */
export class FakeConsumer {
  readonly events = { GROUP_JOIN: 'join', END_BATCH_PROCESS: 'end', CRASH: 'crash' };
  /** Offsets sought, in order. */
  readonly seeks: number[] = [];
  connects = 0;
  disconnects = 0;
  paused = true;
  /** Fails the next connect. */
  failure: Error | undefined;
  readonly #listeners = new Map<string, Listener>();
  #eachBatch: (payload: unknown) => Promise<void> = async () => undefined;
  #waiting: (() => void)[] = [];

  readonly kafka = { consumer: () => this } as unknown as Kafka;

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, listener);
  }
  async connect(): Promise<void> {
    this.connects += 1;
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }
  async disconnect(): Promise<void> {
    this.disconnects += 1;
  }
  async subscribe(): Promise<void> {}
  async run({ eachBatch }: { eachBatch: (payload: unknown) => Promise<void> }): Promise<void> {
    this.#eachBatch = eachBatch;
    this.join();
  }
  seek({ offset }: { offset: string }): void {
    this.seeks.push(Number(offset));
    for (const wake of this.#waiting.splice(0)) wake();
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }

  /** Resolves when the reader has sought so many times. */
  async sought(times: number): Promise<void> {
    while (this.seeks.length < times) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  join(): void {
    this.#emit('join', {});
  }
  crash(restart: boolean): void {
    this.#emit('crash', { restart, error: new Error('crashed') });
  }

  /** Where the partition ends, as the broker says beside each fetch. */
  highWatermark = 1000;

  /** A fetch from `fetchedFrom` that brought these records. */
  async deliver(fetchedFrom: number, records: KafkaRecord[], lastOffset = records.at(-1)!.offset): Promise<void> {
    const messages = records.map((record) => ({
      ...record,
      offset: String(record.offset),
      timestamp: String(record.timestamp),
    }));
    const highWatermark = String(this.highWatermark);
    const batch = {
      ...{ partition: 0, fetchedOffset: String(fetchedFrom), lastOffset: () => String(lastOffset) },
      ...{ highWatermark, messages },
    };
    await this.#eachBatch({ batch });
  }
  /** A fetch that met only aborted or control records, from `firstOffset` on; null is the tail of a compacted batch. */
  deliverNothing(firstOffset: number | null, lastOffset: number): void {
    const first = firstOffset === null ? null : String(firstOffset);
    const highWatermark = String(this.highWatermark);
    this.#emit('end', {
      partition: 0,
      batchSize: 0,
      firstOffset: first,
      lastOffset: String(lastOffset),
      highWatermark,
    });
  }

  #emit(event: string, payload: Record<string, unknown>): void {
    this.#listeners.get(event)?.({ payload });
  }
}

/** Ends of one partition that a test moves by hand. */
export class FakeOffsets implements OffsetReader {
  low = 0;
  high = 1000;
  /** Behind which an open transaction begins; the end when there is none. */
  stable: number | undefined;
  id: string | undefined = 'first';
  commits = new Map<number, CommittedOffset>();
  failure: Error | undefined;
  asked = 0;

  async describe(): Promise<TopicIdentity> {
    if (this.failure) throw this.failure;
    return { ...(this.id === undefined ? {} : { id: this.id }), partitions: [0] };
  }
  async ends(): Promise<Map<number, PartitionEnds>> {
    this.asked += 1;
    if (this.failure) throw this.failure;
    return new Map([[0, { low: this.low, stable: this.stable ?? this.high, high: this.high }]]);
  }
  async offsetsAt(): Promise<Map<number, number>> {
    return new Map([[0, this.low]]);
  }
  async committed(): Promise<Map<number, CommittedOffset>> {
    return this.commits;
  }
  async partitions(): Promise<number[]> {
    return [0];
  }
  async close(): Promise<void> {}
}
