import { errors, type Client, type estypes } from '@elastic/elasticsearch';
import type { AuditIndex } from '../activities/audit-ports';
import { PipelineError } from '../domain/errors';
import { indexName } from '../domain/ids';
import { judgeRequest } from './bulk-response';

export interface AuditIndexSettings {
  indexPrefix: string;
  /** ISO date; records of earlier days are in one `-old` index. */
  oldestDay?: string | undefined;
}

const HITS = 'hits.hits._id,hits.hits._index,hits.hits.sort,hits.total,timed_out,_shards';

/** What is not one of several log records has 0 of them. */
const BY_PLACE: estypes.SortCombinations[] = [
  { 'kafka.offset': { order: 'asc', unmapped_type: 'long' } },
  { 'kafka.parts': { order: 'asc', unmapped_type: 'short', missing: 0 } },
  { 'kafka.part': { order: 'asc', unmapped_type: 'short', missing: 0 } },
];

/** The documents of the indices that our template knows. Closed ones count: an audit waits until they are open. */
export function createAuditIndex(client: Client, { indexPrefix, oldestDay }: AuditIndexSettings): AuditIndex {
  // `-old*` and not `-old`: an index that is named outright must be there.
  const where = {
    index: [`${indexPrefix}-2*.*.*`, `${indexPrefix}-old*`],
    allow_no_indices: true,
    expand_wildcards: ['open' as const, 'closed' as const],
  };

  async function search(body: estypes.SearchRequest, signal: AbortSignal): Promise<estypes.SearchResponse> {
    const answer = await ask(signal, () =>
      client.search(
        { ...where, allow_partial_search_results: false, _source: false, filter_path: HITS, ...body },
        { signal, maxRetries: 0 },
      ),
    );
    if (answer.timed_out) throw new PipelineError('elasticsearch_unavailable', 'a search ended before its time');
    return answer;
  }

  return {
    async refresh(signal) {
      await ask(signal, () => client.indices.refresh(where, { signal, maxRetries: 0 }));
    },
    async documents(partition, { from, to }, limit, signal) {
      const offset = { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) };
      const filter = [
        { term: { 'kafka.partition': partition } },
        { exists: { field: 'kafka.offset' } },
        { range: { 'kafka.offset': offset } },
      ];
      const { hits } = await search(
        {
          query: { bool: { filter } },
          sort: BY_PLACE,
          size: limit,
          track_total_hits: false,
        },
        signal,
      );
      return (hits?.hits ?? []).map(({ _id, _index, sort }) => {
        const [at = NaN, of = 0, part = 0] = (sort ?? []).map(Number);
        return { index: _index, id: _id!, offset: at, ...(of === 0 ? {} : { place: { part, of } }) };
      });
    },
    async strays(partitions, limit, signal) {
      const known = [{ terms: { 'kafka.partition': partitions } }, { exists: { field: 'kafka.offset' } }];
      const query = { bool: { must_not: { bool: { filter: known } } } };
      const { hits } = await search({ query, size: limit, track_total_hits: true }, signal);
      const total = hits?.total;
      return {
        total: typeof total === 'number' ? total : (total?.value ?? 0),
        first: (hits?.hits ?? []).map(({ _id, _index }) => ({ index: _index, id: _id! })),
      };
    },
    indexOf: (timestampMs) => indexName(indexPrefix, timestampMs, oldestDay),
    async indices(signal) {
      const found = await ask(signal, () =>
        client.indices.get({ ...where, filter_path: '*.aliases' }, { signal, maxRetries: 0 }),
      );
      return new Set(Object.keys(found));
    },
  };
}

/** The server's words stay out of the error: they may quote a document. */
async function ask<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    const status = error instanceof errors.ResponseError ? error.statusCode : undefined;
    // A closed index, as a rule: 400 index_closed_exception.
    const code = status === 400 ? 'index_blocked' : judgeRequest(status);
    throw new PipelineError(code, `the audit cannot read: ${status === undefined ? 'no answer' : `status ${status}`}`, {
      cause: error,
    });
  }
}
