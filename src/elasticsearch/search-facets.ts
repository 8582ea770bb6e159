import type { estypes } from '@elastic/elasticsearch';
import type { Facet, LogFilter, SearchAccount } from '../api/logs/ports';
import { accountOf, countsOf, type Ask, type Buckets } from './search-answer';
import { toQuery } from './search-query';

/** Values that each shard reports: with fewer different ones than this, the counts are exact. */
const SHARD_VALUES = 1000;

/** The most frequent values of fields, equals by name. */
export async function searchFacets(
  ask: Ask,
  { filter, fields, size }: { filter: LogFilter; fields: readonly string[]; size: number },
  signal?: AbortSignal,
): Promise<SearchAccount & { facets: Record<string, Facet> }> {
  const aggregations: Record<string, estypes.AggregationsAggregationContainer> = {};
  fields.forEach((field, position) => {
    aggregations[`values${position}`] = { terms: { field, size, shard_size: SHARD_VALUES } };
    aggregations[`missing${position}`] = { missing: { field } };
  });
  const answer = await ask({ query: toQuery(filter), size: 0, aggregations }, signal);
  const found = (answer.aggregations ?? {}) as Record<string, Buckets & { doc_count?: number }>;
  const facets = fields.map((field, position): [string, Facet] => {
    const values = found[`values${position}`];
    const missing = found[`missing${position}`]?.doc_count ?? 0;
    const error = values?.doc_count_error_upper_bound ?? 0;
    return [field, { values: countsOf(values), other: values?.sum_other_doc_count ?? 0, missing, error }];
  });
  return { ...accountOf(answer), facets: Object.fromEntries(facets) };
}
