import type { FoundLetter, LetterIndex, NewLetter } from '../../src/activities/ports';
import { asItCame } from './redaction';
import type {
  HeldLetter,
  LetterChange,
  LetterPlace,
  LetterVersion,
  RedriveLetters,
  RedriveOrders,
  RedriveRuns,
} from '../../src/activities/redrive-ports';
import type { BatchRef } from '../../src/domain/batch';
import {
  letterIndexPrefix,
  noLetters,
  type LetterCounts,
  type LetterCursor,
  type LetterFilter,
} from '../../src/domain/dead-letter';
import { PipelineError } from '../../src/domain/errors';
import { documentId, indexName } from '../../src/domain/ids';
import { parseOffset } from '../../src/domain/offsets';
import type { KafkaRecord } from '../../src/domain/record';
import {
  documentsOf,
  letterDocument,
  recordOf,
  type LetterDocument,
} from '../../src/elasticsearch/dead-letter-document';
import { fakeHash } from './bulk';
import type { RedriveOrder } from '../../src/domain/redrive';

/** The letter index in memory, with sequence numbers as Elasticsearch has them. */
export class MemoryLetters implements LetterIndex, RedriveLetters {
  readonly letters = new Map<string, { index: string; document: LetterDocument; seqNo: number }>();
  down = false;
  /** Runs before the next compare-and-set: what somebody else does in between. */
  beforeChange: (() => void) | undefined;
  #seqNo = 0;

  constructor(private readonly indexPrefix = 'logs') {}

  /** Every letter's state by offset, in order. */
  get states(): Record<number, string> {
    return Object.fromEntries([...this.letters.values()].map(({ document }) => [document.offset, document.state]));
  }

  /** What another writer does to a letter. */
  alter(id: string, change: Partial<LetterDocument>): void {
    const letter = this.letters.get(id)!;
    Object.assign(letter.document, change);
    letter.seqNo = this.#seqNo += 1;
  }

  async inRange(ref: BatchRef): Promise<Map<number, FoundLetter>> {
    this.#check();
    const inside = [...this.letters.keys()].filter((id) => {
      const { generation, partition, offset } = this.letters.get(id)!.document;
      const { from, to } = ref;
      return (
        generation === ref.generation &&
        partition === ref.partition &&
        offset >= parseOffset(from) &&
        offset < parseOffset(to)
      );
    });
    return new Map(inside.map((id) => [this.letters.get(id)!.document.offset, this.#found(id)]));
  }

  async find(
    { generation, partition }: Pick<BatchRef, 'generation' | 'partition'>,
    records: KafkaRecord[],
  ): Promise<Map<number, FoundLetter>> {
    this.#check();
    const found = new Map<number, FoundLetter>();
    for (const { offset, value } of records) {
      const id = documentId({ generation, partition, offset });
      const letter = this.letters.get(id);
      if (!letter) continue;
      if (letter.document.record_hash !== fakeHash(value ?? Buffer.alloc(0))) {
        throw new PipelineError('foreign_document', 'the letter holds another record');
      }
      found.set(offset, this.#found(id));
    }
    return found;
  }

  async create(letters: NewLetter[]): Promise<void> {
    this.#check();
    for (const letter of letters) {
      const document = letterDocument(letter, { hash: fakeHash, redact: asItCame }, '2026-11-24T12:00:00.000Z');
      const id = documentId(document);
      const index = indexName(letterIndexPrefix(this.indexPrefix), letter.record.timestamp);
      if (!this.letters.has(id)) this.letters.set(id, { index, document, seqNo: (this.#seqNo += 1) });
    }
  }

  async resolve(letters: FoundLetter[]): Promise<void> {
    this.#check();
    for (const { id, seqNo, documents } of letters) {
      this.beforeChange?.();
      this.beforeChange = undefined;
      const { state } = this.letters.get(id)!.document;
      if (state !== 'open' && state !== 'redriving') continue;
      const resolved = { state: 'resolved' as const, ...(documents === 1 ? {} : { documents }) };
      if (this.letters.get(id)!.seqNo === seqNo) this.alter(id, state === 'open' ? resolved : {});
      else await this.resolve([{ ...this.#found(id), documents }]);
    }
  }

  async page(filter: LetterFilter, after: LetterCursor | undefined, size: number): Promise<LetterPlace[]> {
    this.#check();
    const selected = [...this.letters].filter(([id, { document }]) => selects(filter, id, document));
    return selected
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .filter(([id]) => !after || id > documentId(after))
      .slice(0, size)
      .map(([id, { index, document }]) => ({ id, index, ...document }));
  }

  async load(places: { id: string }[]): Promise<HeldLetter[]> {
    this.#check();
    return places.map(({ id }) => {
      const { document } = this.letters.get(id)!;
      const held = { ...document, ...this.#found(id), timestamp: document.kafka_timestamp };
      return { ...held, recordHash: document.record_hash, record: recordOf(document) };
    });
  }

  async change(changes: LetterChange[]): Promise<(LetterVersion | undefined)[]> {
    this.#check();
    return changes.map(({ letter, set }) => {
      this.beforeChange?.();
      this.beforeChange = undefined;
      if (this.letters.get(letter.id)!.seqNo !== letter.seqNo) return undefined;
      this.alter(letter.id, set);
      return this.#found(letter.id);
    });
  }

  async countByOperation(operation: string): Promise<LetterCounts> {
    const counts = noLetters();
    for (const { document } of this.letters.values()) if (document.operation === operation) counts[document.state] += 1;
    return counts;
  }

  matches(letter: HeldLetter, record: KafkaRecord): boolean {
    return letter.recordHash === fakeHash(record.value!);
  }

  #found(id: string): FoundLetter {
    const { index, document, seqNo } = this.letters.get(id)!;
    const { offset, state, edited, kept = 0 } = document;
    const documents = documentsOf(document);
    return { id, index, offset, state, edited: edited === true, kept, documents, seqNo, primaryTerm: 1 };
  }

  #check(): void {
    if (this.down) throw new PipelineError('elasticsearch_unavailable', 'down');
  }
}

function selects(filter: LetterFilter, id: string, document: LetterDocument): boolean {
  const { ids, partitions, codes, states } = filter;
  return (
    (ids?.includes(id) ?? true) &&
    (partitions?.includes(document.partition) ?? true) &&
    (codes?.includes(document.reason.code) ?? true) &&
    (states?.includes(document.state) ?? true)
  );
}

/** Redrives that were ordered, which of them run, and the epoch of today. */
export class MemoryRedrives implements RedriveOrders, RedriveRuns {
  readonly orders = new Map<string, RedriveOrder>();
  readonly running = new Set<string>();
  epochNow = { number: 1, rulesHash: 'rules' };

  order(operation: string, change: Partial<RedriveOrder> = {}): void {
    const order = { operation, filter: {}, actor: 'test', orderedAt: '2026-11-24T12:00:00.000Z', selected: 0 };
    this.orders.set(operation, { ...order, ...change });
    this.running.add(operation);
  }

  async read(operation: string): Promise<RedriveOrder | undefined> {
    return this.orders.get(operation);
  }

  async isRunning(operation: string): Promise<boolean> {
    return this.running.has(operation);
  }

  async epoch(): Promise<{ number: number; rulesHash: string }> {
    return this.epochNow;
  }
}
