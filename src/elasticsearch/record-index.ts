import type { Client } from '@elastic/elasticsearch';
import type { BulkOutcome, BulkPart, RecordIndex } from '../activities/ports';
import type { BatchRef } from '../domain/batch';
import { PIPELINE_ERRORS, PipelineError, type PipelineErrorCode } from '../domain/errors';
import { documentId } from '../domain/ids';
import { mayBeSameRecord } from '../domain/record';
import { BodyMemory } from './body-memory';
import { BodySizes } from './body-sizes';
import { createBulkBuilder, recordHashOf, selectItems, type BulkSettings } from './bulk-request';
import { judgeItem, type BulkItem } from './bulk-response';
import { createDocumentLookup } from './document-lookup';
import { asPipelineError, sendBulk } from './send-bulk';

/** Elasticsearch as the place where records are indexed. */
export function createRecordIndex(client: Client, settings: BulkSettings): RecordIndex {
  const sizes = new BodySizes();
  const memory = new BodyMemory();
  return {
    builder: (ref, epoch) => createBulkBuilder(ref, epoch, settings, sizes, memory),
    giveBack: (parts) => parts.forEach(({ body }) => memory.giveBack(body)),
    holds: createDocumentLookup(client, settings),
    async write(part, ref, epoch, only, signal) {
      const items = only ?? part.offsets.map((_offset, item) => item);
      if (items.length === 0) return { indexed: [], duplicate: [], rejected: [], unsettled: [] };
      const answers = await sendBulk(client, part.index, only ? selectItems(part, items) : part.body, signal);
      if (answers.length !== items.length) {
        throw new PipelineError('bulk_mismatch', `${items.length} items sent, ${answers.length} answered`);
      }
      const { outcome, conflicts } = sort(items, answers);
      await compareConflicts(client, part, ref, epoch, conflicts, outcome, signal);
      return outcome;
    },
  };
}

function sort(items: number[], answers: BulkItem[]): { outcome: BulkOutcome; conflicts: number[] } {
  const outcome: BulkOutcome = { indexed: [], duplicate: [], rejected: [], unsettled: [] };
  const conflicts: number[] = [];
  answers.forEach((answer, position) => {
    const item = items[position]!;
    const verdict = judgeItem(answer);
    if (verdict.kind === 'indexed') outcome.indexed.push(item);
    else if (verdict.kind === 'conflict') conflicts.push(item);
    else if (verdict.kind === 'reject') {
      const { type = '', reason = '', caused_by: cause } = answer.error ?? {};
      outcome.rejected.push({ item, type, detail: [reason, cause?.reason].filter(Boolean).join(': ') });
    } else {
      outcome.unsettled.push(item);
      outcome.failure = worse(outcome.failure, {
        code: verdict.code,
        type: answer.error?.type ?? '',
        status: answer.status,
      });
    }
  });
  return { outcome, conflicts };
}

type Failure = NonNullable<BulkOutcome['failure']>;

/** Of two reasons, the one that waits for somebody: it is the one worth showing. */
function worse(one: Failure | undefined, other: Failure): Failure {
  if (!one) return other;
  return PIPELINE_ERRORS[one.code as PipelineErrorCode] === 'retry' &&
    PIPELINE_ERRORS[other.code as PipelineErrorCode] !== 'retry'
    ? other
    : one;
}

/**
 * A conflict is a duplicate only when the stored document holds the same record, by its hash; a newer epoch of the same
 * record, written by a rescore, is one too, and so is a document that was made of an edited body. Conflicts that cannot
 * be compared now are unsettled.
 *
 * @throws PipelineError foreign_document when another record sits under the id
 */
async function compareConflicts(
  client: Client,
  part: BulkPart,
  ref: BatchRef,
  epoch: number,
  conflicts: number[],
  outcome: BulkOutcome,
  signal: AbortSignal,
): Promise<void> {
  if (conflicts.length === 0) return;
  const idOf = (item: number) => documentId({ ...ref, offset: part.offsets[item]!, part: part.places[item] });
  const ids = conflicts.map(idOf);
  const docs = await fetchConflicts(client, part.index, ids, signal).catch((error: unknown) => {
    if (!(error instanceof PipelineError)) throw error;
    // What the bulk has done is known and kept; only the conflicts are sent again.
    outcome.unsettled.push(...conflicts);
    outcome.failure = worse(outcome.failure, { code: error.code, type: 'comparison', status: 409 });
    return undefined;
  });
  if (!docs) return;
  const foreign: string[] = [];
  conflicts.forEach((item, position) => {
    const doc = docs[position];
    const found = doc?.found === true ? doc : undefined;
    if (found === undefined) outcome.unsettled.push(item);
    else if (isSameRecord(found._source, recordHashOf(part, item)) && (found._version ?? 0) >= epoch)
      outcome.duplicate.push(item);
    else foreign.push(ids[position]!);
  });
  if (foreign.length > 0) {
    throw new PipelineError(
      'foreign_document',
      `${foreign.length} documents of ${part.index} hold other records, first ${foreign[0]}`,
    );
  }
}

function isSameRecord(source: { record_hash?: string; edited?: boolean } | undefined, hash: string): boolean {
  return source?.edited === true || mayBeSameRecord(source?.record_hash, hash);
}

interface StoredDocument {
  found?: boolean;
  _version?: number;
  _source?: { record_hash?: string; edited?: boolean };
  error?: { type: string };
}

/** @throws PipelineError when any of the documents is not told; the signal's reason when aborted */
async function fetchConflicts(
  client: Client,
  index: string,
  ids: string[],
  signal: AbortSignal,
): Promise<StoredDocument[]> {
  const answer = await client
    .mget<NonNullable<StoredDocument['_source']>>(
      { index, ids, _source_includes: ['record_hash', 'edited'] },
      { signal, maxRetries: 0 },
    )
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw asPipelineError(error, 'comparison');
    });
  const docs = (answer.docs ?? []) as StoredDocument[];
  if (docs.length !== ids.length) {
    throw new PipelineError('bulk_mismatch', `${ids.length} ids asked for, ${docs.length} answered`);
  }
  const failed = docs.find(({ error }) => error !== undefined && error.type !== 'index_not_found_exception');
  if (failed) throw new PipelineError('elasticsearch_unavailable', `a document is not told: ${failed.error!.type}`);
  return docs;
}
