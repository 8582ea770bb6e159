import type { estypes } from '@elastic/elasticsearch';
import type { HistogramRequest, Interval, LogHistogram, Split, SplitBucket } from '../api/logs/ports';
import { LEVELS, SEVERITIES } from '../domain/record';
import { bucketStarts } from './bucket-starts';
import { bucketWidth, type TimeRange } from './bucket-width';
import {
  accountOf,
  countsOf,
  filledCounts,
  type Aggregations,
  type Ask,
  type Bucket,
  type Buckets,
} from './search-answer';
import { ERROR_QUERY, toQuery, type Query } from './search-query';
import { timeRange } from './time-range';

const DAY_MS = 86_400_000;
/** At most what a bucket of the calendar lasts; a month can be shorter. */
const CALENDAR_MS = { day: DAY_MS, week: 7 * DAY_MS, month: 28 * DAY_MS };
const MAX_SERVICES = 10;
const SPLIT_FIELDS = { level: 'level', severity: 'anomaly.severity', service: 'service' } as const;

type TimeBucket = Bucket & { split?: Buckets };

/** Counts over time; buckets without a record are there too, and begin where the time zone has them begin. */
export async function searchHistogram(
  ask: Ask,
  request: HistogramRequest,
  signal?: AbortSignal,
): Promise<LogHistogram> {
  const { filter, split } = request;
  const query = toQuery(filter);
  const [range, keys] = await Promise.all([
    timeRange(ask, request, signal),
    split ? splitKeys(ask, query, split, signal) : undefined,
  ]);
  const interval = chosenInterval(range, request.interval);
  const aggregations = range ? { time: overTime(range, interval, request.timeZone, split, keys) } : undefined;
  const answer = await ask({ query, size: 0, ...(aggregations ? { aggregations } : {}) }, signal);
  const { time } = (answer.aggregations ?? {}) as { time?: Buckets<TimeBucket> };
  // Without any index there is no aggregation either, and the range is as empty as it is.
  const empty = () => (range ? bucketStarts(range, interval, request.timeZone) : []);
  const buckets = time?.buckets ?? empty().map((key) => ({ key, doc_count: 0 }));
  return { ...accountOf(answer), interval, buckets: buckets.map((bucket) => toBucket(bucket, keys)) };
}

/** @throws RangeError when the interval asked for gives too many buckets */
function chosenInterval(range: TimeRange | undefined, asked: Interval | undefined): Interval {
  const askedMs = asked && ('ms' in asked ? asked.ms : CALENDAR_MS[asked.calendar]);
  const ms = bucketWidth(range, askedMs);
  if (asked) return asked;
  if (ms < DAY_MS) return { ms };
  if (ms === DAY_MS) return { calendar: 'day' };
  return { calendar: ms <= CALENDAR_MS.week ? 'week' : 'month' };
}

/** What every bucket is split into: the values there are, of services the most frequent ones. */
async function splitKeys(ask: Ask, query: Query, split: Split, signal?: AbortSignal): Promise<readonly string[]> {
  if (split === 'level') return LEVELS;
  if (split === 'severity') return SEVERITIES;
  const aggregations: Aggregations = { top: { terms: { field: 'service', size: MAX_SERVICES, shard_size: 1000 } } };
  const answer = await ask({ query, size: 0, track_total_hits: false, aggregations }, signal);
  return countsOf((answer.aggregations as { top?: Buckets } | undefined)?.top).map(({ key }) => key);
}

function overTime(
  { fromMs, toMs }: TimeRange,
  interval: Interval,
  timeZone: string,
  split: Split | undefined,
  keys: readonly string[] = [],
): estypes.AggregationsAggregationContainer {
  const width = 'ms' in interval ? { fixed_interval: `${interval.ms}ms` } : { calendar_interval: interval.calendar };
  return {
    date_histogram: {
      field: '@timestamp',
      ...width,
      ...(timeZone === 'UTC' ? {} : { time_zone: timeZone }),
      min_doc_count: 0,
      extended_bounds: { min: fromMs, max: toMs - 1 },
    },
    aggregations: {
      anomalies: { filter: { term: { 'anomaly.is_anomaly': true } } },
      errors: { filter: ERROR_QUERY },
      ...(split && keys.length > 0
        ? { split: { terms: { field: SPLIT_FIELDS[split], size: keys.length, include: [...keys] } } }
        : {}),
    },
  };
}

function toBucket(bucket: TimeBucket, keys: readonly string[] | undefined): SplitBucket {
  return {
    startMs: Number(bucket.key),
    count: bucket.doc_count,
    anomalies: bucket.anomalies?.doc_count ?? 0,
    errors: bucket.errors?.doc_count ?? 0,
    ...(keys ? { by: filledCounts(keys, bucket.split) } : {}),
  };
}
