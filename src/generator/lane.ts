import type { GeneratedLog } from './log-stream';

/** Logs of one partition, on their way as one produce request. */
export interface Batch {
  partition: number;
  logs: GeneratedLog[];
}

/** Sends one batch as one idempotent request. Sending the same batch again after a failure must not write it twice. */
export interface BatchProducer {
  send(batch: Batch): Promise<void>;
  close(): Promise<void>;
}

/** What follows from a failed send. */
export type Verdict =
  /** Send the same batch again. */
  | 'again'
  /** The request is too large: send its halves. */
  | 'split'
  /** The broker no longer knows this producer, and has not taken the batch: send it with a new one. */
  | 'new_producer'
  /** The producer knows no such partition, so nothing was sent: ask where to, and send with a new one. */
  | 'reroute';

export interface LaneDeps {
  createProducer(): BatchProducer;
  verdict(error: unknown): Verdict;
  /** The partition for logs whose own was not found: the same if it is new. Rejects when it cannot be told now. */
  reroute(partition: number): Promise<number>;
  /** Waits before a batch is sent again. */
  backOff(attempt: number): Promise<void>;
  onFailure(error: unknown): void;
  onAcknowledged(batch: Batch): void;
}

/**
 * One batch after the other over one idempotent producer: the next is sent only when the one before was acknowledged.
 * That is what makes a repeat harmless with kafkajs, which gives a failed batch's sequence numbers to whatever is sent
 * next: it has to be the same batch.
 */
export class Lane {
  readonly #queue: Batch[] = [];
  #producer: BatchProducer | undefined;
  #draining = false;

  constructor(private readonly deps: LaneDeps) {}

  push(batch: Batch): void {
    this.#queue.push(batch);
    if (!this.#draining) void this.#drain();
  }

  /** Closes the connection. What is still queued stays unsent. */
  async close(): Promise<void> {
    await this.#producer?.close();
  }

  /** Never rejects: a batch is sent until it is acknowledged. */
  async #drain(): Promise<void> {
    this.#draining = true;
    let attempt = 0;
    for (let batch = this.#queue[0]; batch; batch = this.#queue[0]) {
      try {
        this.#producer ??= this.deps.createProducer();
        await this.#producer.send(batch);
        this.#queue.shift();
        attempt = 0;
        this.deps.onAcknowledged(batch);
      } catch (error) {
        this.deps.onFailure(error);
        await this.#mend(batch, this.deps.verdict(error));
        await this.deps.backOff(attempt++);
      }
    }
    this.#draining = false;
  }

  async #mend(batch: Batch, verdict: Verdict): Promise<void> {
    if (verdict === 'split' && batch.logs.length > 1) {
      const middle = Math.ceil(batch.logs.length / 2);
      const halves = [batch.logs.slice(0, middle), batch.logs.slice(middle)];
      this.#queue.splice(0, 1, ...halves.map((logs) => ({ partition: batch.partition, logs })));
      return;
    }
    if (verdict !== 'new_producer' && verdict !== 'reroute') return;
    const old = this.#producer;
    this.#producer = undefined;
    try {
      await old?.close();
      if (verdict === 'reroute') batch.partition = await this.deps.reroute(batch.partition);
    } catch (error) {
      this.deps.onFailure(error);
    }
  }
}
