import type { FoundLetter, LetterIndex, NewLetter } from '../../src/activities/ports';
import type { BatchRef } from '../../src/domain/batch';
import { letterIndexPrefix } from '../../src/domain/dead-letter';
import { PipelineError } from '../../src/domain/errors';
import { documentId, indexName } from '../../src/domain/ids';
import { parseOffset } from '../../src/domain/offsets';
import type { KafkaRecord } from '../../src/domain/record';
import { letterDocument, type LetterDocument } from '../../src/elasticsearch/dead-letter-document';
import { fakeHash } from './bulk';

/** The letter index in memory, with sequence numbers as Elasticsearch has them. */
export class MemoryLetters implements LetterIndex {
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

  change(id: string, change: Partial<LetterDocument>): void {
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
      const document = letterDocument(letter, fakeHash, '2026-11-24T12:00:00.000Z');
      const id = documentId(document);
      const index = indexName(letterIndexPrefix(this.indexPrefix), letter.record.timestamp);
      if (!this.letters.has(id)) this.letters.set(id, { index, document, seqNo: (this.#seqNo += 1) });
    }
  }

  async resolve(letters: FoundLetter[]): Promise<void> {
    this.#check();
    for (const { id, seqNo } of letters) {
      this.beforeChange?.();
      this.beforeChange = undefined;
      const { state } = this.letters.get(id)!.document;
      if (state !== 'open' && state !== 'redriving') continue;
      if (this.letters.get(id)!.seqNo === seqNo) this.change(id, state === 'open' ? { state: 'resolved' } : {});
      else await this.resolve([this.#found(id)]);
    }
  }

  #found(id: string): FoundLetter {
    const { index, document, seqNo } = this.letters.get(id)!;
    const { offset, state, edited } = document;
    return { id, index, offset, state, edited: edited === true, seqNo, primaryTerm: 1 };
  }

  #check(): void {
    if (this.down) throw new PipelineError('elasticsearch_unavailable', 'down');
  }
}
