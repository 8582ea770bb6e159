import type { estypes } from '@elastic/elasticsearch';
import type { HistogramBucket, LogStats, StatsRequest } from '../api/logs/ports';
import { LEVELS, SEVERITIES } from '../domain/record';
import { bucketWidth, fillBuckets } from './bucket-width';
import {
  accountOf,
  countsOf,
  filledCounts,
  type Aggregations,
  type Ask,
  type Buckets,
  type Single,
} from './search-answer';
import { ERROR_QUERY, toQuery } from './search-query';
import { timeRange } from './time-range';

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
  path: { terms: { field: 'path', size: TOP, shard_size: 1000 } },
  error_code: { terms: { field: 'error_code', size: TOP, shard_size: 1000 } },
  status: {
    range: {
      field: 'status_code',
      ranges: STATUS_CLASSES.map((first) => ({ key: `${first}xx`, from: first * 100, to: first * 100 + 100 })),
    },
  },
  no_status: { missing: { field: 'status_code' } },
  user: { terms: { field: 'user_id', size: TOP, shard_size: 1000 } },
  response_time: { percentiles: { field: 'response_time_ms', percents: [50, 90, 95, 99], keyed: true } },
  mean_time: { avg: { field: 'response_time_ms' } },
  longest_time: { max: { field: 'response_time_ms' } },
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
  user: Buckets;
  no_status: { doc_count: number };
  mean_time: Single;
  longest_time: Single;
  response_time: { values: Record<string, number | null> };
  time?: Buckets;
}

/** Figures over everything that a filter selects. */
export async function searchStats(ask: Ask, request: StatsRequest, signal?: AbortSignal): Promise<LogStats> {
  const query = toQuery(request.filter);
  const range = await timeRange(ask, request, signal);
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
    users: countsOf(found?.user),
    anomalies: found?.anomalies.doc_count ?? 0,
    errors: found?.errors.doc_count ?? 0,
    responseTimeMs: responseTimes(found),
    histogram: { intervalMs, buckets: range ? fillBuckets(range, intervalMs, toBuckets(found?.time)) : [] },
  };
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

function responseTimes(found: FigureAnswer | undefined): LogStats['responseTimeMs'] {
  const at = (percent: string) => found?.response_time.values[percent] ?? null;
  return {
    ...{ p50: at('50.0'), p90: at('90.0'), p95: at('95.0'), p99: at('99.0') },
    ...{ avg: found?.mean_time.value ?? null, max: found?.longest_time.value ?? null },
  };
}
