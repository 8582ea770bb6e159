import type { AnomalyPage, AnomalyRequest, LogSort } from '../api/logs/ports';
import { SEVERITIES } from '../domain/record';
import {
  countsOf,
  filledCounts,
  toHit,
  type Aggregations,
  type Answer,
  type Bucket,
  type Buckets,
} from './search-answer';
import type { Single } from './search-answer';
import { searchPage, type Pager } from './search-page';
import { toSort } from './search-query';

const HIGHEST: LogSort = { by: 'score', descending: true };
const ONLY_ANOMALIES = { kind: 'equals', field: 'anomaly.is_anomaly', values: [true] } as const;
const GROUPS = 50;
const GROUP_FIELDS = {
  severity: 'anomaly.severity',
  rule: 'anomaly.reasons.rule',
  service: 'service',
  path: 'path',
  error_code: 'error_code',
} as const;

interface GroupBucket extends Bucket {
  score: Single;
  first: Single;
  last: Single;
  example: Pick<Answer, 'hits'>;
}

interface Found {
  severity?: Buckets;
  rule?: Buckets;
  group?: Buckets<GroupBucket>;
}

/** A page of anomalies, and counts and groups over all of them. */
export async function searchAnomalies(
  pager: Pager,
  request: AnomalyRequest,
  signal?: AbortSignal,
): Promise<AnomalyPage | undefined> {
  const { group, sort = HIGHEST, filter } = request;
  const where = { kind: 'and', parts: [ONLY_ANOMALIES, filter.where] } as const;
  const aggregations: Aggregations = {
    severity: { terms: { field: 'anomaly.severity', size: SEVERITIES.length } },
    rule: { terms: { field: 'anomaly.reasons.rule', size: 100 } },
    ...(group ? { group: grouping(group, request.fields) } : {}),
  };
  const paged = await searchPage(pager, { ...request, sort, filter: { ...filter, where } }, { aggregations }, signal);
  if (!paged) return undefined;
  const found = (paged.answer.aggregations ?? {}) as Found;
  return {
    ...paged.page,
    bySeverity: filledCounts(SEVERITIES, found.severity),
    byRule: countsOf(found.rule).map(({ key, count }) => ({ rule: key, count })),
    ...(group ? { groups: (found.group?.buckets ?? []).map(toGroup) } : {}),
  };
}

function grouping(group: keyof typeof GROUP_FIELDS, fields: readonly string[] | undefined): Aggregations[string] {
  const source = fields ? { _source: { includes: [...fields] } } : {};
  return {
    terms: { field: GROUP_FIELDS[group], size: GROUPS, shard_size: 1000 },
    aggregations: {
      score: { max: { field: 'anomaly.score' } },
      first: { min: { field: '@timestamp' } },
      last: { max: { field: '@timestamp' } },
      example: { top_hits: { size: 1, sort: toSort(HIGHEST), ...source } },
    },
  };
}

function toGroup({ key, doc_count: count, score, first, last, example }: GroupBucket) {
  return {
    key: String(key),
    count,
    maxScore: score.value ?? 0,
    firstMs: first.value ?? 0,
    lastMs: last.value ?? 0,
    example: toHit(example.hits.hits[0]!),
  };
}
