import type { estypes } from '@elastic/elasticsearch';
import type { HistogramBucket, LogStats, StatsRequest } from '../api/ports';
import { LEVELS, SEVERITIES } from '../domain/record';
import { accountOf, countsOf, filledCounts, type Ask, type Buckets } from './search-answer';
import { bucketWidth, fillBuckets, type TimeRange } from './search-histogram';
import { ERROR_QUERY, toQuery, type Query } from './search-query';

type Aggregations = Record<string, estypes.AggregationsAggregationContainer>;

const TOP = 10;
const STATUS_CLASSES = [1, 2, 3, 4, 5];
const counted: Aggregations = {
  anomalies: { filter: { term: { 'anomaly.is_anomaly': true } } },
  errors: { filter: ERROR_QUERY },
};

const figures: Aggregations = {
  ...counted,
  level: { terms: { field: 'level', size: LEVELS.length } },
  severity: { terms: { field: 'anomaly.severity', size: SEVERITIES.length } },
  service: { terms: { field: 'service', size: 100 } },
  path: { terms: { field: 'path', size: TOP } },
  error_code: { terms: { field: 'error_code', size: TOP } },
  status: {
    range: {
      field: 'status_code',
      ranges: STATUS_CLASSES.map((first) => ({ key: `${first}xx`, from: first * 100, to: first * 100 + 100 })),
    },
  },
  no_status: { missing: { field: 'status_code' } },
  response_time: { percentiles: { field: 'response_time_ms', percents: [50, 95, 99], keyed: true } },
};

interface FigureAnswer {
  anomalies: { doc_count: number };
  errors: { doc_count: number };
  level: Buckets;
  severity: Buckets;
  service: Buckets;
  path: Buckets;
  error_code: Buckets;
  status: Buckets;
  no_status: { doc_count: number };
  response_time: { values: Record<string, number | null> };
  time?: Buckets;
}

/** Figures over everything that a filter selects. */
export async function searchStats(ask: Ask, request: StatsRequest, signal?: AbortSignal): Promise<LogStats> {
  const query = toQuery(request.filter);
  const range = await timeRange(ask, request, query, signal);
  const intervalMs = bucketWidth(range, request.intervalMs);
  const answer = await ask(
    { query, size: 0, aggregations: range ? { ...figures, time: overTime(intervalMs) } : figures },
    signal,
  );
  const found = answer.aggregations as FigureAnswer | undefined;
  return {
    ...accountOf(answer),
    levels: filledCounts(LEVELS, found?.level),
    severities: filledCounts(SEVERITIES, found?.severity),
    statusClasses: {
      ...filledCounts(
        STATUS_CLASSES.map((first) => `${first}xx`),
        found?.status,
      ),
      none: found?.no_status.doc_count ?? 0,
    },
    services: countsOf(found?.service),
    paths: countsOf(found?.path),
    errorCodes: countsOf(found?.error_code),
    anomalies: found?.anomalies.doc_count ?? 0,
    errors: found?.errors.doc_count ?? 0,
    responseTimeMs: percentiles(found?.response_time.values),
    histogram: { intervalMs, buckets: range ? fillBuckets(range, intervalMs, toBuckets(found?.time)) : [] },
  };
}

/** The range that the histogram covers: as asked, its open ends closed by the oldest record, the newest and now. */
async function timeRange(
  ask: Ask,
  { filter: { fromMs, toMs }, nowMs }: StatsRequest,
  query: Query,
  signal?: AbortSignal,
): Promise<TimeRange | undefined> {
  if (fromMs !== undefined && toMs !== undefined) return fromMs < toMs ? { fromMs, toMs } : undefined;
  const aggregations: Aggregations = {
    first: { min: { field: '@timestamp' } },
    last: { max: { field: '@timestamp' } },
  };
  const answer = await ask({ query, size: 0, track_total_hits: false, aggregations }, signal);
  const found = answer.aggregations as Record<'first' | 'last', { value: number | null }> | undefined;
  const first = fromMs ?? found?.first.value ?? undefined;
  if (first === undefined) return undefined;
  // A range that was given a start runs to now, so that a silence shows; without one it ends with the newest record.
  const end = toMs ?? Math.max((found?.last.value ?? first) + 1, fromMs === undefined ? first : nowMs);
  return first < end ? { fromMs: first, toMs: end } : undefined;
}

/** Buckets without a record are left out here and filled in by us, so that no range can ask for a million of them. */
function overTime(intervalMs: number): estypes.AggregationsAggregationContainer {
  return {
    date_histogram: { field: '@timestamp', fixed_interval: `${intervalMs}ms`, min_doc_count: 1 },
    aggregations: counted,
  };
}

function toBuckets(found: Buckets | undefined): HistogramBucket[] {
  return (found?.buckets ?? []).map((bucket) => ({
    startMs: Number(bucket.key),
    count: bucket.doc_count,
    anomalies: bucket.anomalies?.doc_count ?? 0,
    errors: bucket.errors?.doc_count ?? 0,
  }));
}

function percentiles(values: Record<string, number | null> | undefined): LogStats['responseTimeMs'] {
  const at = (percent: string) => values?.[percent] ?? null;
  return { p50: at('50.0'), p95: at('95.0'), p99: at('99.0') };
}
