import { comparePoints, type Position } from './position';
import type { TailPoint, TailRange } from './ports';
import { pointOf, type Account, type LedgerReading, type PartitionReading } from './read-ledgers';

/** A range whose records all have their fate, and what must be found in it before it may be shown. */
export interface PendingRange extends TailRange {
  /** Documents that the ledger has booked. */
  expected: number;
  deadLettered: number;
}

/** The account at a place that was reached. */
interface Reached extends TailPoint {
  documents: number;
  deadLettered: number;
}

/**
 * How far the logs of each partition can be searched without a gap: the indexed watermark. It begins at the first
 * reading of the ledger and moves on range by range, each of which has been found whole.
 */
export class Watermark {
  readonly #reached = new Map<number, Reached>();
  readonly #latest = new Map<number, PartitionReading>();
  /** Kept until it is whole: the newest logs of a range that grew would never have been searchable for long enough. */
  readonly #pending = new Map<number, PendingRange>();
  /** Partitions that were there from the start, but whose account nobody could read. */
  readonly #unread = new Set<number>();
  #started = false;

  /** Copied, so that it stays as it is. */
  get position(): Position {
    return new Map(
      [...this.#reached].map(([partition, { generation, offset }]) => [partition, { generation, offset }]),
    );
  }

  /** @returns whether a partition was taken on at its present end: what lies below it has not been found whole */
  observe({ partitions, readings }: LedgerReading): boolean {
    let tookOn = false;
    for (const [partition, reading] of readings) {
      const latest = this.#latest.get(partition);
      // A ledger that was rebuilt of an older commit is read again up to where it was.
      if (!latest || comparePoints(pointOf(reading), pointOf(latest)) >= 0) this.#latest.set(partition, reading);
      if (this.#reached.has(partition)) continue;
      // One that comes later is new: all of it is shown.
      const isNew = this.#started && !this.#unread.has(partition);
      this.#reached.set(partition, isNew ? beginOf(reading) : endOf(reading));
      if (!isNew) tookOn = true;
      this.#unread.delete(partition);
    }
    if (!this.#started && readings.size > 0) {
      this.#started = true;
      for (const partition of partitions) if (!readings.has(partition)) this.#unread.add(partition);
    }
    return tookOn;
  }

  /** The next range of each partition that has moved on, by partition, ascending; none of them is empty. */
  pending(): PendingRange[] {
    for (const [partition, reached] of this.#reached) {
      if (this.#pending.has(partition)) continue;
      const account = this.#nextAccount(partition, reached);
      if (!account) continue;
      this.#pending.set(partition, {
        ...{ partition, generation: reached.generation, from: reached.offset, to: account.next },
        expected: account.documents - reached.documents,
        deadLettered: account.deadLettered - reached.deadLettered,
      });
    }
    return [...this.#pending.values()].sort((a, b) => a.partition - b.partition);
  }

  /** Moves on to the end of a range that {@link pending} gave. */
  advance({ partition, to, expected, deadLettered }: PendingRange): void {
    const reached = this.#reached.get(partition)!;
    this.#pending.delete(partition);
    reached.offset = to;
    reached.documents += expected;
    reached.deadLettered += deadLettered;
  }

  /**
   * What lies between two places of a partition, in its order.
   *
   * @returns `unknown` names lives of the topic of which the ledger does not know the end any more
   */
  between(partition: number, from: TailPoint, to: TailPoint): { ranges: TailRange[]; unknown: number[] } {
    const ranges: TailRange[] = [];
    const unknown: number[] = [];
    for (let { generation } = from; generation <= to.generation; generation += 1) {
      const start = generation === from.generation ? from.offset : this.#beginning(partition, generation);
      const end = generation === to.generation ? to.offset : this.#closed(partition, generation)?.next;
      if (end === undefined) unknown.push(generation);
      else if (start < end) ranges.push({ partition, generation, from: start, to: end, ...inside(generation, from) });
    }
    return { ranges, unknown };
  }

  /** The first place of a partition, in its present life. */
  firstOf(partition: number): TailPoint | undefined {
    const reading = this.#latest.get(partition);
    return reading && { generation: reading.generation, offset: reading.first };
  }

  /** The account up to which a partition can be read next; moves over the end of a life of the topic. */
  #nextAccount(partition: number, reached: Reached): Account | undefined {
    const latest = this.#latest.get(partition)!;
    while (reached.generation < latest.generation) {
      const closed = this.#closed(partition, reached.generation);
      if (closed && closed.next > reached.offset) return closed;
      const next = this.#closed(partition, reached.generation + 1) ?? latest;
      Object.assign(reached, beginOf(next));
    }
    return latest.generation === reached.generation && latest.next > reached.offset ? latest : undefined;
  }

  #closed(partition: number, generation: number): Account | undefined {
    return this.#latest.get(partition)?.closed.find((one) => one.generation === generation);
  }

  #beginning(partition: number, generation: number): number {
    const latest = this.#latest.get(partition);
    return (latest?.generation === generation ? latest.first : this.#closed(partition, generation)?.first) ?? 0;
  }
}

/** Where a range begins that begins within a message. */
function inside(generation: number, from: TailPoint): Pick<TailRange, 'fromPart'> {
  return generation === from.generation && from.part !== undefined ? { fromPart: from.part } : {};
}

function beginOf({ generation, first }: Account): Reached {
  return { generation, offset: first, documents: 0, deadLettered: 0 };
}

function endOf({ generation, next, documents, deadLettered }: Account): Reached {
  return { generation, offset: next, documents, deadLettered };
}
