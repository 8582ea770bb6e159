import type { HistogramBucket, LogStats, StatsRequest } from '../api/logs/ports';
import { LEVELS, SEVERITIES } from '../domain/record';
import { bucketWidth, fillBuckets } from './bucket-width';
import { accountOf, countsOf, filledCounts, type Aggregations, type Ask, type Buckets } from './search-answer';
import { ERROR_QUERY, toQuery, type Query } from './search-query';
import { timeRange } from './time-range';

const TOP = 10;
/** As many values does a shard tell of a top list; each has to be looked up and sent, and 1,000 took a tenth of the time of all figures. */
const TOP_OF_SHARD = 200;
const STATUS_CLASSES = [1, 2, 3, 4, 5];
/** What is counted beside all logs, in total and over time. */
const COUNTED = { anomalies: { term: { 'anomaly.is_anomaly': true } }, errors: ERROR_QUERY } as const;
/**
 * Response times, in milliseconds, whose percentiles are told: 0, and 0.001 to 10⁹. A histogram of so many digits takes a quarter
 * of what a digest takes, but holds no more than these: one outside of them would fail the search for all. What nearly every
 * log fulfils and hardly one violates is found sooner than what is one thing or another.
 */
const HISTOGRAM_DIGITS = 3;
const MEASURABLE: Query = {
  bool: {
    filter: [{ range: { response_time_ms: { gte: 0, lte: 1e9 } } }],
    must_not: [{ range: { response_time_ms: { gt: 0, lt: 0.001 } } }],
  },
};

const figures: Aggregations = {
  level: { terms: { field: 'level', size: LEVELS.length } },
  severity: { terms: { field: 'anomaly.severity', size: SEVERITIES.length } },
  service: { terms: { field: 'service', size: 100 } },
  path: { terms: { field: 'path', size: TOP, shard_size: TOP_OF_SHARD } },
  error_code: { terms: { field: 'error_code', size: TOP, shard_size: TOP_OF_SHARD } },
  status: {
    range: {
      field: 'status_code',
      ranges: STATUS_CLASSES.map((first) => ({ key: `${first}xx`, from: first * 100, to: first * 100 + 100 })),
    },
  },
  user: { terms: { field: 'user_id', size: TOP, shard_size: TOP_OF_SHARD } },
  measurable: {
    filter: MEASURABLE,
    aggregations: {
      response_time: {
        percentiles: {
          ...{ field: 'response_time_ms', percents: [50, 90, 95, 99], keyed: true },
          hdr: { number_of_significant_value_digits: HISTOGRAM_DIGITS },
        },
      },
    },
  },
  response_time: { stats: { field: 'response_time_ms' } },
};

interface Counted {
  doc_count: number;
  time?: Buckets;
}

interface FigureAnswer {
  anomalies: Counted;
  errors: Counted;
  level: Buckets;
  severity: Buckets;
  service: Buckets;
  path: Buckets;
  error_code: Buckets;
  status: Buckets;
  user: Buckets;
  measurable: { response_time: { values: Record<string, number | null> } };
  response_time: { count: number; avg: number | null; max: number | null };
  time?: Buckets;
}

/** Figures over everything that a filter selects. */
export async function searchStats(ask: Ask, request: StatsRequest, signal?: AbortSignal): Promise<LogStats> {
  const query = toQuery(request.filter);
  const range = await timeRange(ask, request, signal);
  const intervalMs = bucketWidth(range, request.intervalMs);
  const answer = await ask(
    { query, size: 0, aggregations: { ...figures, ...overTime(range ? intervalMs : undefined) } },
    signal,
  );
  const found = answer.aggregations as FigureAnswer | undefined;
  const account = accountOf(answer);
  const statusClasses = filledCounts(
    STATUS_CLASSES.map((first) => `${first}xx`),
    found?.status,
  );
  const withStatus = Object.values(statusClasses).reduce((sum, count) => sum + count, 0);
  return {
    ...account,
    levels: filledCounts(LEVELS, found?.level),
    severities: filledCounts(SEVERITIES, found?.severity),
    // Every status is in one of the classes: the decoder sees to it.
    statusClasses: { ...statusClasses, none: account.total.value - withStatus },
    services: countsOf(found?.service),
    paths: countsOf(found?.path),
    errorCodes: countsOf(found?.error_code),
    users: countsOf(found?.user),
    anomalies: found?.anomalies.doc_count ?? 0,
    errors: found?.errors.doc_count ?? 0,
    responseTimeMs: responseTimes(found),
    histogram: { intervalMs, buckets: range ? fillBuckets(range, intervalMs, toBuckets(found)) : [] },
  };
}

/**
 * What is counted, and each over time: so much cheaper than counting anew in every bucket. Buckets without a record are left
 * out here and filled in by us, so that no range can ask for a million of them.
 */
function overTime(intervalMs: number | undefined): Aggregations {
  const time: Aggregations = intervalMs
    ? { time: { date_histogram: { field: '@timestamp', fixed_interval: `${intervalMs}ms`, min_doc_count: 1 } } }
    : {};
  const { anomalies, errors } = COUNTED;
  return {
    ...time,
    anomalies: { filter: anomalies, aggregations: time },
    errors: { filter: errors, aggregations: time },
  };
}

function toBuckets(found: FigureAnswer | undefined): HistogramBucket[] {
  const byStart = (some: Buckets | undefined) =>
    new Map(some?.buckets.map(({ key, doc_count: count }) => [Number(key), count]));
  const [anomalies, errors] = [byStart(found?.anomalies.time), byStart(found?.errors.time)];
  return [...byStart(found?.time)].map(([startMs, count]) => ({
    ...{ startMs, count },
    anomalies: anomalies.get(startMs) ?? 0,
    errors: errors.get(startMs) ?? 0,
  }));
}

function responseTimes(found: FigureAnswer | undefined): LogStats['responseTimeMs'] {
  const at = (percent: string) => found?.measurable.response_time.values[percent] ?? null;
  return {
    ...{ p50: at('50.0'), p90: at('90.0'), p95: at('95.0'), p99: at('99.0') },
    ...{ avg: found?.response_time.avg ?? null, max: found?.response_time.max ?? null },
  };
}
