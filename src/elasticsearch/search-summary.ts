import type { LogFilter, RequestSummary } from '../api/logs/ports';
import type { Aggregations, Ask, Bucket, Buckets, Single } from './search-answer';
import { ERROR_QUERY, toQuery } from './search-query';

const SERVICES = 100;
const times: Aggregations = {
  first: { min: { field: '@timestamp' } },
  last: { max: { field: '@timestamp' } },
  errors: { filter: ERROR_QUERY },
};
const figures: Aggregations = {
  ...times,
  anomalies: { filter: { term: { 'anomaly.is_anomaly': true } } },
  score: { max: { field: 'anomaly.score' } },
  service: {
    terms: { field: 'service', size: SERVICES, order: [{ first: 'asc' }, { _key: 'asc' }] },
    aggregations: times,
  },
};

interface Times {
  first: Single;
  last: Single;
  errors: { doc_count: number };
}
interface Figures extends Times {
  anomalies: { doc_count: number };
  score: Single;
  service: Buckets<Bucket & Times>;
}

/** What a request did, over all services. */
export async function searchSummary(ask: Ask, filter: LogFilter, signal?: AbortSignal): Promise<RequestSummary> {
  const answer = await ask({ query: toQuery(filter), size: 0, track_total_hits: false, aggregations: figures }, signal);
  const found = answer.aggregations as Figures | undefined;
  return {
    firstMs: found?.first.value ?? null,
    lastMs: found?.last.value ?? null,
    errors: found?.errors.doc_count ?? 0,
    anomalies: found?.anomalies.doc_count ?? 0,
    maxScore: found?.score.value ?? null,
    services: (found?.service.buckets ?? []).map(({ key, doc_count: count, errors, first, last }) => ({
      service: String(key),
      count,
      errors: errors.doc_count,
      firstMs: first.value ?? 0,
      lastMs: last.value ?? 0,
    })),
  };
}
