import type { Client } from '@elastic/elasticsearch';
import type { HeldLetter, LetterPlace, RedriveLetters } from '../activities/redrive-ports';
import { letterIndexPatterns, noLetters, type LetterState } from '../domain/dead-letter';
import type { LetterDocument } from './dead-letter-document';
import { recordOf } from './dead-letter-document';
import { demandSettled } from './dead-letter-index';
import { IN_ORDER, toLetterQuery } from './dead-letter-query';
import { lookUp, type LookupAnswer } from './document-lookup';
import { asPipelineError, OUTCOME_AND_VERSION, sendBulk } from './send-bulk';

const never = new AbortController().signal;

/** The letters in Elasticsearch, as a redrive walks over them and changes them. */
export function createRedriveLetters(
  client: Client,
  settings: { indexPrefix: string; now: () => string },
): Omit<RedriveLetters, 'matches'> {
  const indices = {
    index: letterIndexPatterns(settings.indexPrefix),
    ignore_unavailable: true,
    allow_no_indices: true,
  };
  const refresh = () =>
    client.indices.refresh(indices, { maxRetries: 0 }).catch((error: unknown) => {
      throw asPipelineError(error);
    });

  return {
    async page(filter, after, size) {
      await refresh();
      try {
        const { hits } = await client.search<LetterDocument>(
          {
            ...indices,
            query: toLetterQuery(filter),
            sort: IN_ORDER,
            size,
            track_total_hits: false,
            allow_partial_search_results: false,
            _source: ['generation', 'partition', 'offset', 'bytes'],
            ...(after ? { search_after: [after.generation, after.partition, after.offset] } : {}),
          },
          { maxRetries: 0 },
        );
        return hits.hits.map(({ _id, _index, _source }): LetterPlace => {
          const { generation, partition, offset, bytes } = _source!;
          return { id: _id!, index: _index, generation, partition, offset, bytes };
        });
      } catch (error) {
        throw asPipelineError(error);
      }
    },
    async load(places) {
      const docs = places.map(({ id, index }) => ({ _id: id, _index: index }));
      const found = await lookUp<LetterDocument>(client, docs, undefined);
      return found.flatMap((doc) => (doc ? [heldLetter(doc, doc._source!)] : []));
    },
    async change(changes) {
      if (changes.length === 0) return [];
      const lines = changes.map(({ letter, set }) => {
        const { id, index, seqNo, primaryTerm } = letter;
        const action = { update: { _index: index, _id: id, if_seq_no: seqNo, if_primary_term: primaryTerm } };
        const doc = { ...set, changed_at: settings.now() };
        return `${JSON.stringify(action)}\n${JSON.stringify({ doc, detect_noop: false })}\n`;
      });
      const body = Buffer.from(lines.join(''));
      const answers = await sendBulk(client, changes[0]!.letter.index, body, never, OUTCOME_AND_VERSION);
      demandSettled(answers, changes[0]!.letter.index);
      return changes.map(({ letter }, position) => {
        const { status = 0, _seq_no: seqNo = 0, _primary_term: primaryTerm = 0 } = answers[position] ?? {};
        return status === 409 ? undefined : { id: letter.id, index: letter.index, seqNo, primaryTerm };
      });
    },
    async countByOperation(operation) {
      await refresh();
      const answer = await client
        .search(
          {
            ...indices,
            query: { term: { operation } },
            size: 0,
            allow_partial_search_results: false,
            aggs: { states: { terms: { field: 'state' } } },
          },
          { maxRetries: 0 },
        )
        .catch((error: unknown) => {
          throw asPipelineError(error);
        });
      const { buckets = [] } = (answer.aggregations?.['states'] ?? {}) as {
        buckets?: { key: LetterState; doc_count: number }[];
      };
      const counts = noLetters();
      for (const { key, doc_count: count } of buckets) counts[key] = count;
      return counts;
    },
  };
}

function heldLetter(answer: LookupAnswer<LetterDocument>, document: LetterDocument): HeldLetter {
  const { _id: id, _index: index, _seq_no: seqNo = 0, _primary_term: primaryTerm = 0 } = answer;
  const { generation, partition, offset, state, operation, edited, attempts, reason, parts, kept = 0 } = document;
  return {
    ...{
      id,
      index,
      seqNo,
      primaryTerm,
      generation,
      partition,
      offset,
      state,
      operation,
      attempts,
      reason,
      parts,
      kept,
    },
    timestamp: document.kafka_timestamp,
    edited: edited === true,
    recordHash: document.record_hash,
    record: recordOf(document),
  };
}
