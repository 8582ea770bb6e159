import type { Client } from '@elastic/elasticsearch';
import type { DeadLetterSearch, LetterPosition } from '../api/dead-letters/ports';
import { PipelineError } from '../domain/errors';
import { LETTER_STATES, letterIndexPatterns, type LetterFilter } from '../domain/dead-letter';
import { REJECTION_CODES } from '../domain/record';
import type { LetterDocument } from './dead-letter-document';
import { NEWEST_LETTER_FIRST, toLetterQuery } from './dead-letter-query';
import { accountOf, countsOf, filledCounts, isPartial, type Buckets } from './search-answer';
import { toSearchError } from './search-errors';

/** How much longer the client waits than the query may take. */
const ANSWER_GRACE_MS = 1000;
const BYTES = ['body', 'key', 'headers'];

/** The API's search over dead letters; without any index every answer is an empty one. */
export function createDeadLetterSearch(
  client: Client,
  settings: { indexPrefix: string; queryTimeoutMs: number },
): DeadLetterSearch {
  const indices = {
    index: letterIndexPatterns(settings.indexPrefix),
    ignore_unavailable: true,
    allow_no_indices: true,
  };
  const patience = (signal?: AbortSignal) => ({
    requestTimeout: settings.queryTimeoutMs + ANSWER_GRACE_MS,
    ...(signal ? { signal } : {}),
  });
  const timeout = `${settings.queryTimeoutMs}ms`;
  const translated = <T>(call: Promise<T>) =>
    call.catch((error: unknown) => {
      throw toSearchError(error);
    });

  return {
    async list({ filter, size, after }, signal) {
      const answer = await translated(
        client.search<LetterDocument>(
          {
            ...indices,
            timeout,
            query: toLetterQuery(filter),
            sort: NEWEST_LETTER_FIRST,
            size,
            track_total_hits: true,
            ...(after ? { search_after: [...after] } : {}),
            _source_excludes: BYTES,
            aggs: {
              reason: { terms: { field: 'reason.code', size: REJECTION_CODES.length } },
              state: { terms: { field: 'state' } },
            },
          },
          patience(signal),
        ),
      );
      const { reason, state } = (answer.aggregations ?? {}) as { reason?: Buckets; state?: Buckets };
      const { hits } = answer.hits;
      const next = hits.length === size ? (hits.at(-1)?.sort as LetterPosition | undefined) : undefined;
      return {
        ...accountOf(answer),
        letters: hits.map(({ _id, _index, _source }) => ({ id: _id!, index: _index, document: _source! })),
        byReason: countsOf(reason).map(({ key, count }) => ({ reason: key, count })),
        byState: filledCounts(LETTER_STATES, state),
        next,
      };
    },
    async get(id) {
      // An id does not say its day: it is searched for, after a refresh, and then read as it is now.
      await translated(client.indices.refresh(indices, patience()));
      const query = { ids: { values: [id] } };
      const found = await translated(
        client.search({ ...indices, timeout, query, size: 1, _source: false }, patience()),
      );
      const [hit] = found.hits.hits;
      if (!hit) return undefined;
      const document = await translated(client.get<LetterDocument>({ index: hit._index, id }, patience()));
      return { id, index: hit._index, document: document._source! };
    },
    async count(filter: LetterFilter) {
      await translated(client.indices.refresh(indices, patience()));
      // The count API knows no limit of time: a search that returns nothing counts within one.
      const counting = { ...indices, timeout, query: toLetterQuery(filter), size: 0, track_total_hits: true };
      const answer = await translated(client.search(counting, patience()));
      if (isPartial(answer)) throw new PipelineError('elasticsearch_unavailable', 'not every shard answered in time');
      return accountOf(answer).total.value;
    },
  };
}
