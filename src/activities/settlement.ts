import { recordBytes, type KafkaRecord } from '../domain/record';

/**
 * Which records of a batch have their fate, and how many met which: what an attempt leaves to the next one, so that it
 * sends and counts only the rest. Plain JSON: 5.4 KB for 32,000 records, 8.5 KB for the 50,000 that a batch can be set to.
 */
export interface SettlementState {
  /** Records in the batch; a state of another count is of another reading and is not used. */
  count: number;
  /** A bit per position, base64. */
  settled: string;
  indexed: number;
  duplicate: number;
  deadLettered: number;
  /** Documents of these beside one for each that is indexed or a duplicate; absent when there are none. */
  moreDocuments?: number;
  /** On the shared queue: attempts that lost their process while they prepared the batch. */
  lost?: number;
  /** On the shared queue: the attempt prepares the batch. One that leaves this behind was lost. */
  preparing?: boolean;
  /** On the shared queue: attempts in a row that ended in an answer of Elasticsearch which is not known. */
  unknown?: number;
}

export type SettledFate = 'indexed' | 'duplicate' | 'deadLettered';

/** What this attempt has settled itself, beside what it was handed. */
type Fresh = Record<SettledFate, { records: number; bytes: number }>;

export class Settlement {
  readonly #bits: Uint8Array;
  readonly #counts = { indexed: 0, duplicate: 0, deadLettered: 0 };
  #moreDocuments = 0;
  /** Documents of what this attempt has settled itself. */
  freshDocuments = 0;
  readonly #fresh: Fresh = {
    indexed: { records: 0, bytes: 0 },
    duplicate: { records: 0, bytes: 0 },
    deadLettered: { records: 0, bytes: 0 },
  };

  constructor(
    private readonly count: number,
    earlier?: SettlementState,
    private readonly records: readonly Pick<KafkaRecord, 'key' | 'value'>[] = [],
  ) {
    this.#bits = new Uint8Array(Math.ceil(count / 8));
    if (earlier?.count !== count) return;
    this.#bits.set(Buffer.from(earlier.settled, 'base64').subarray(0, this.#bits.length));
    const { indexed, duplicate, deadLettered } = earlier;
    this.#counts = { indexed, duplicate, deadLettered };
    this.#moreDocuments = earlier.moreDocuments ?? 0;
  }

  isSettled(position: number): boolean {
    return ((this.#bits[position >> 3]! >> (position & 7)) & 1) === 1;
  }

  /**
   * Gives a record its fate; the first one stays.
   *
   * @param documents that stand for it; one, or none of a dead letter, when absent
   */
  settle(position: number, fate: SettledFate, documents = fate === 'deadLettered' ? 0 : 1): void {
    if (this.isSettled(position)) return;
    this.#moreDocuments += documents - (fate === 'deadLettered' ? 0 : 1);
    this.freshDocuments += documents;
    this.#bits[position >> 3]! |= 1 << (position & 7);
    this.#counts[fate] += 1;
    const fresh = this.#fresh[fate];
    const record = this.records[position];
    fresh.records += 1;
    if (record) fresh.bytes += recordBytes(record);
  }

  get counts(): Readonly<Record<SettledFate, number> & { moreDocuments?: number }> {
    return this.#moreDocuments === 0 ? this.#counts : { ...this.#counts, moreDocuments: this.#moreDocuments };
  }

  /** By fate, what was settled here; the bytes are known when the records were handed in. */
  get fresh(): Readonly<Fresh> {
    return this.#fresh;
  }

  get state(): SettlementState {
    return { count: this.count, settled: Buffer.from(this.#bits).toString('base64'), ...this.counts };
  }
}
