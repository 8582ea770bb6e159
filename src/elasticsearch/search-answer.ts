import type { estypes } from '@elastic/elasticsearch';
import { JsonText } from '../domain/json-text';
import type { Count, LogHit, SearchAccount } from '../api/logs/ports';

export type Answer = estypes.SearchResponse<Record<string, unknown>>;

/** Sends one search over the log indices, or over the view that the body names; errors come translated. */
export type Ask = (body: estypes.SearchRequest, signal?: AbortSignal) => Promise<Answer>;

export type Aggregations = Record<string, estypes.AggregationsAggregationContainer>;

/** Answer of a terms, range or histogram aggregation. */
export interface Buckets<B = Bucket> {
  buckets: B[];
  sum_other_doc_count?: number;
  doc_count_error_upper_bound?: number;
}

export interface Bucket {
  key: string | number;
  doc_count: number;
  anomalies?: { doc_count: number };
  errors?: { doc_count: number };
}

/** Answer of a min or max aggregation; null over no value. */
export interface Single {
  value: number | null;
}

/**
 * Whether an answer is whole, and how many documents it counted.
 *
 * @param counted by an earlier search over the same view, when this one did not count
 */
export function accountOf(
  answer: Pick<Answer, 'took' | 'timed_out' | '_shards'> & { hits: Pick<Answer['hits'], 'total'> },
  counted?: number,
): SearchAccount {
  if (counted !== undefined) {
    return { total: { value: counted, relation: 'eq' }, tookMs: answer.took, partial: isPartial(answer) };
  }
  const { total } = answer.hits;
  const value = typeof total === 'number' ? total : (total?.value ?? 0);
  const partial = isPartial(answer);
  const exact = !partial && typeof total === 'object' && total.relation === 'eq';
  return { total: { value, relation: exact ? 'eq' : 'gte' }, tookMs: answer.took, partial };
}

export function isPartial({ timed_out, _shards }: Pick<Answer, 'timed_out' | '_shards'>): boolean {
  return timed_out || _shards.failed > 0;
}

/** A hit as it is shown; it takes over the hit's source, which is large. No field of a document passes for its id or index. */
export function toHit(hit: { _id?: string; _index: string; _source?: object | undefined }): LogHit {
  const source = hit._source instanceof JsonText ? (hit._source.toJSON() as object) : hit._source;
  return Object.assign(source ?? {}, { id: hit._id!, index: hit._index });
}

/** The buckets of an aggregation as Elasticsearch ordered them. */
export function countsOf(found: Buckets | undefined): Count[] {
  return (found?.buckets ?? []).map(({ key, doc_count }) => ({ key: String(key), count: doc_count }));
}

/** A count for each key, 0 where there is no bucket. Other keys are dropped. */
export function filledCounts<K extends string>(keys: readonly K[], found: Buckets | undefined): Record<K, number> {
  const counts = new Map(countsOf(found).map(({ key, count }) => [key, count]));
  return Object.fromEntries(keys.map((key) => [key, counts.get(key) ?? 0])) as Record<K, number>;
}
