import type { BulkBuilder, BulkOutcome, BulkPart, HeldDocuments, RecordIndex } from '../../src/activities/ports';
import type { BatchRef } from '../../src/domain/batch';
import { PipelineError } from '../../src/domain/errors';
import { documentId, indexName } from '../../src/domain/ids';
import type { KafkaRecord } from '../../src/domain/record';
import { createBulkBuilder, recordHashOf, selectItems } from '../../src/elasticsearch/bulk-request';
import { fakeHash } from './bulk';

interface StoredDocument {
  version: number;
  source: Record<string, unknown>;
}

/** What the index does with one document, decided by a test: store it, or anything a bulk response can say. */
export type Treatment =
  | 'store'
  | 'reject'
  /** With `stored` it is stored all the same: the answer was lost. */
  | { unsettled: NonNullable<BulkOutcome['failure']>; stored?: boolean };

/** Indices in memory, with external versions as Elasticsearch has them. */
export class MemoryIndex implements RecordIndex {
  readonly documents = new Map<string, StoredDocument>();
  /** Documents of each request that was sent. */
  readonly requests: number[] = [];
  treat: (source: Record<string, unknown>, id: string) => Treatment = () => 'store';
  /** Requests of more bytes than this are too large. */
  maxRequestBytes = Infinity;
  /** Thrown by the next request instead of an answer. */
  failure: Error | undefined;

  constructor(private readonly indexPrefix = 'logs') {}

  builder(ref: BatchRef, epoch: number): BulkBuilder {
    const { indexPrefix } = this;
    return createBulkBuilder(ref, epoch, { indexPrefix, hash: fakeHash, now: () => '2026-11-24T12:00:00.000Z' });
  }

  /** Bodies that were given back; nobody may read them any more, so nothing is left in them. */
  readonly givenBack: BulkPart[] = [];
  giveBack(parts: readonly BulkPart[]): void {
    this.givenBack.push(...parts);
    for (const { body } of parts) body.fill(0);
  }

  async write(
    part: BulkPart,
    _ref: BatchRef,
    _epoch: number,
    only: number[] | undefined,
    signal: AbortSignal,
  ): Promise<BulkOutcome> {
    const outcome: BulkOutcome = { indexed: [], duplicate: [], rejected: [], unsettled: [] };
    const items = only ?? part.offsets.map((_offset, item) => item);
    if (items.length === 0) return outcome;
    signal.throwIfAborted();
    const body = selectItems(part, items);
    this.#failWhole(body.length);
    this.requests.push(items.length);
    const lines = body.toString().trimEnd().split('\n');
    let foreign = 0;
    items.forEach((item, position) => {
      const action = JSON.parse(lines[position * 2]!) as { index: { _id: string; version: number } };
      const source = JSON.parse(lines[position * 2 + 1]!) as Record<string, unknown>;
      const { _id: id, version } = action.index;
      const treatment = this.treat(source, id);
      if (treatment === 'reject')
        outcome.rejected.push({ item, type: 'document_parsing_exception', detail: 'refused' });
      else if (treatment !== 'store') {
        if (treatment.stored) this.#store(`${part.index}/${id}`, { version, source });
        outcome.unsettled.push(item);
        outcome.failure = treatment.unsettled;
      } else if (this.#store(`${part.index}/${id}`, { version, source })) outcome.indexed.push(item);
      else if (isSameRecord(this.documents.get(`${part.index}/${id}`)!, recordHashOf(part, item)))
        outcome.duplicate.push(item);
      else foreign += 1;
    });
    if (foreign > 0) throw new PipelineError('foreign_document', `${foreign} documents hold other records`);
    return outcome;
  }

  async holds(
    { generation, partition }: Pick<BatchRef, 'generation' | 'partition'>,
    records: KafkaRecord[],
  ): Promise<Map<number, HeldDocuments>> {
    const held = new Map<number, HeldDocuments>();
    for (const { offset, timestamp, value } of records) {
      const id = `${indexName(this.indexPrefix, timestamp)}/${documentId({ generation, partition, offset })}`;
      const found = [...this.documents].filter(([key]) => key === id || key.startsWith(`${id}-`));
      if (found.some(([, one]) => !isSameRecord(one, fakeHash(value!)))) {
        throw new PipelineError('foreign_document', 'holds another record');
      }
      const places = found.map(([, { source }]) => (source['kafka'] ?? {}) as { part?: number; parts?: number });
      const parts = new Set(places.map(({ part = 0 }) => part));
      if (parts.size > 0) held.set(offset, { of: places[0]!.parts ?? 1, parts });
    }
    return held;
  }

  #failWhole(bytes: number): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    if (bytes > this.maxRequestBytes) throw new PipelineError('request_too_large', 'status 413');
  }

  /** @returns false when a document of this version or a newer one is there */
  #store(key: string, document: StoredDocument): boolean {
    const stored = this.documents.get(key);
    if (stored && stored.version >= document.version) return false;
    this.documents.set(key, document);
    return true;
  }
}

function isSameRecord({ source }: StoredDocument, hash: string): boolean {
  return source['edited'] === true || source['record_hash'] === hash;
}
