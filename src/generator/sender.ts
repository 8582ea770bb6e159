import { Lane, type Batch, type LaneDeps } from './lane';
import type { GeneratedLog } from './log-stream';
import { partitionOf } from './partition';

export interface SenderSettings {
  /** Logs in one produce request, at most; above MAX_BATCH it changes nothing. */
  batchSize: number;
  /** How long a log waits for company, in milliseconds. */
  lingerMs: number;
  partitions: number;
}

/** kafkajs sorts a request's messages in quadratic time: 2,000 cost nothing yet, 20,000 a hundredfold (measured). */
const MAX_BATCH = 2000;
/** Connections at most; more partitions share them. */
const MAX_LANES = 16;
/** Logs that are held while Kafka does not take them, at least: a second of a fast stream, some 10 MB. */
const MIN_BUFFER = 20_000;

/** Sorts logs into batches by partition and sends them. It holds a bounded number: ask `full` before `add`. */
export class Sender {
  readonly #lanes: Lane[];
  readonly #open = new Map<number, { batch: Batch; timer: NodeJS.Timeout }>();
  readonly #capacity: number;
  readonly #batchSize: number;
  #partitions: number;
  #added = 0;
  #acknowledged = 0;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly settings: SenderSettings,
    deps: LaneDeps,
  ) {
    const onAcknowledged = (batch: Batch) => {
      deps.onAcknowledged(batch);
      this.#settle(batch);
    };
    const count = Math.min(settings.partitions, MAX_LANES);
    this.#lanes = Array.from({ length: count }, () => new Lane({ ...deps, onAcknowledged }));
    this.#partitions = settings.partitions;
    this.#batchSize = Math.min(settings.batchSize, MAX_BATCH);
    // Room for a batch that fills and one that is sent on every lane.
    this.#capacity = Math.max(MIN_BUFFER, 2 * count * this.#batchSize);
  }

  /** Logs the broker has acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Logs taken and not acknowledged yet. */
  get unacknowledged(): number {
    return this.#added - this.#acknowledged;
  }

  get full(): boolean {
    return this.unacknowledged >= this.#capacity;
  }

  /** From the next log on, keys are spread over this many partitions. */
  setPartitions(partitions: number): void {
    this.#partitions = partitions;
  }

  add(log: GeneratedLog): void {
    this.#added++;
    const partition = partitionOf(log.key, this.#partitions);
    let open = this.#open.get(partition);
    if (!open) {
      const timer = setTimeout(() => this.#seal(partition), this.settings.lingerMs);
      open = { batch: { partition, logs: [] }, timer };
      this.#open.set(partition, open);
    }
    open.batch.logs.push(log);
    if (open.batch.logs.length >= this.#batchSize) this.#seal(partition);
  }

  /** Sends what is held, without linger, and resolves when all of it is acknowledged, however long that takes. */
  async flush(): Promise<void> {
    for (const partition of [...this.#open.keys()]) this.#seal(partition);
    while (this.unacknowledged > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #seal(partition: number): void {
    const open = this.#open.get(partition);
    if (!open) return;
    clearTimeout(open.timer);
    this.#open.delete(partition);
    this.#lanes[partition % this.#lanes.length]!.push(open.batch);
  }

  #settle(batch: Batch): void {
    this.#acknowledged += batch.logs.length;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
