import type { estypes } from '@elastic/elasticsearch';
import type { Count, SearchAccount } from '../api/ports';

export type Answer = estypes.SearchResponse<Record<string, unknown>>;

/** Sends one search over the log indices; errors come translated. */
export type Ask = (body: estypes.SearchRequest, signal?: AbortSignal) => Promise<Answer>;

/** Answer of a terms, range or histogram aggregation. */
export interface Buckets {
  buckets: Bucket[];
}

interface Bucket {
  key: string | number;
  doc_count: number;
  anomalies?: { doc_count: number };
  errors?: { doc_count: number };
}

/** Whether an answer is whole, and how many documents it counted. */
export function accountOf(
  answer: Pick<Answer, 'took' | 'timed_out' | '_shards'> & { hits: Pick<Answer['hits'], 'total'> },
): SearchAccount {
  const { total } = answer.hits;
  const value = typeof total === 'number' ? total : (total?.value ?? 0);
  const partial = answer.timed_out || answer._shards.failed > 0;
  const exact = !partial && typeof total === 'object' && total.relation === 'eq';
  return { total: { value, relation: exact ? 'eq' : 'gte' }, tookMs: answer.took, partial };
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
