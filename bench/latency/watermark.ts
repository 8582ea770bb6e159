import { errors, type Client } from '@elastic/elasticsearch';

/** By partition, the offset up to which, not including, every record could be found at a moment. */
export interface Look {
  at: number;
  next: number[];
}

/** What one search saw of a partition: how many records since the first, and the highest offset. */
export interface Seen {
  partition: number;
  count: number;
  highest: number;
}

/**
 * The offsets up to which nothing is missing. Batches of a partition may be indexed at the same time: one with a hole
 * before it does not count until the hole is filled.
 *
 * @param first by partition, the first offset that was counted
 * @param before what was known before; it never goes back
 */
export function nextOf(seen: Seen[], first: number[], before: number[]): number[] {
  const next = [...before];
  for (const { partition, count, highest } of seen) {
    if (highest - first[partition]! + 1 === count) next[partition] = Math.max(next[partition]!, highest + 1);
  }
  return next;
}

/** How many records came to be found in a stretch of time, by the last looks before its two ends. */
export function foundBetween(looks: Look[], fromMs: number, toMs: number): number {
  const sumAt = (at: number) => {
    const last = looks.findLast((look) => look.at <= at) ?? looks[0];
    return last?.next.reduce((sum, offset) => sum + offset, 0) ?? 0;
  };
  return sumAt(toMs) - sumAt(fromMs);
}

const LOOK_MS = 25;

/**
 * Searches again and again for what can be found, until it is stopped. Between two refreshes Elasticsearch answers from its
 * request cache, so that the looking costs next to nothing.
 */
export class Watermark {
  readonly looks: Look[] = [];
  readonly #done: Promise<void>;
  #watching = true;

  /**
   * @param sinceMs Kafka's time from which records count
   * @param first by partition, the first offset of that time
   */
  constructor(
    private readonly client: Client,
    private readonly of: { index: string; sinceMs: number; first: number[] },
  ) {
    this.#done = this.#watch();
    // It is awaited by `until`; an error must not end the process before.
    this.#done.catch(() => undefined);
  }

  /** Looks on until everything before these offsets was seen. @throws Error when nothing moves for a minute */
  async until(ends: number[]): Promise<void> {
    let last = { at: Date.now(), text: '' };
    for (;;) {
      const next = this.looks.at(-1)?.next ?? this.of.first;
      if (next.every((offset, partition) => offset >= ends[partition]!)) break;
      const text = String(next);
      if (text !== last.text) last = { at: Date.now(), text };
      if (Date.now() - last.at > 60_000) throw new Error(`searchable stands still at ${text} of ${String(ends)}`);
      await Promise.race([pause(LOOK_MS), this.#done]);
    }
    await this.stop();
  }

  /** @throws Error when a search failed */
  async stop(): Promise<void> {
    this.#watching = false;
    await this.#done;
  }

  async #watch(): Promise<void> {
    let next = this.of.first;
    while (this.#watching) {
      next = nextOf(await this.#search(), this.of.first, next);
      this.looks.push({ at: Date.now(), next });
      await pause(LOOK_MS);
    }
  }

  /** An index that is being created has no shard yet that answers: then nothing can be found. */
  #search(): Promise<Seen[]> {
    return this.#ask().catch((error: unknown) => {
      if (error instanceof errors.ResponseError && error.statusCode === 503) return [];
      throw error;
    });
  }

  async #ask(): Promise<Seen[]> {
    const { index, sinceMs } = this.of;
    const { aggregations } = await this.client.search({
      ...{ index, size: 0, ignore_unavailable: true, track_total_hits: false, allow_partial_search_results: false },
      query: { range: { 'kafka.timestamp': { gte: sinceMs, format: 'epoch_millis' } } },
      aggs: {
        partitions: {
          terms: { field: 'kafka.partition', size: 1000 },
          aggs: { highest: { max: { field: 'kafka.offset' } } },
        },
      },
    });
    const found = aggregations?.['partitions'] as
      { buckets: { key: number; doc_count: number; highest: { value: number } }[] } | undefined;
    return (found?.buckets ?? []).map(({ key, doc_count, highest }) => ({
      ...{ partition: key, count: doc_count, highest: highest.value },
    }));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
