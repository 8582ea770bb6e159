import type { Count, HistogramRequest, Interval, LogStats, SplitBucket } from '../../src/api/logs/ports';
import { LEVELS, SEVERITIES } from '../../src/domain/record';
import type { StoredLog } from './generated-logs';
import { valuesOf } from './matches';

/** The figures over an array of logs, written as plainly as possible. */

export function tally<K extends string>(keys: readonly K[], values: readonly string[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, values.filter((value) => value === key).length])) as Record<
    K,
    number
  >;
}

/** Most frequent first, equal ones as Elasticsearch does it: numbers by size, others by name. */
export function top(logs: readonly StoredLog[], field: string, size: number): Count[] {
  const counts = new Map<unknown, number>();
  for (const log of logs) {
    for (const value of new Set(valuesOf(log, field))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, one], [b, other]) => other - one || ((a as string) < (b as string) ? -1 : 1))
    .slice(0, size)
    .map(([key, count]) => ({ key: typeof key === 'boolean' ? String(Number(key)) : String(key), count }));
}

function isError(log: StoredLog): boolean {
  return log.level === 'error' || log.level === 'fatal' || (log.status_code ?? 0) >= 500;
}

export function figures(found: StoredLog[]): Omit<LogStats, 'total' | 'tookMs' | 'partial' | 'histogram'> {
  const times = found.flatMap((log) => log.response_time_ms ?? []).sort((a, b) => a - b);
  const percentile = (share: number) =>
    times[Math.min(times.length - 1, Math.round(share * (times.length - 1)))] ?? null;
  const classes = found.map(({ status_code: code }) => (code === undefined ? 'none' : `${Math.floor(code / 100)}xx`));
  return {
    levels: tally(
      LEVELS,
      found.map(({ level }) => level),
    ),
    severities: tally(
      SEVERITIES,
      found.map(({ anomaly }) => anomaly.severity),
    ),
    statusClasses: tally(['1xx', '2xx', '3xx', '4xx', '5xx', 'none'], classes),
    services: top(found, 'service', 100),
    paths: top(found, 'path', 10),
    errorCodes: top(found, 'error_code', 10),
    users: top(found, 'user_id', 10),
    anomalies: found.filter(({ anomaly }) => anomaly.is_anomaly).length,
    errors: found.filter(isError).length,
    responseTimeMs: {
      ...{ p50: percentile(0.5), p90: percentile(0.9), p95: percentile(0.95), p99: percentile(0.99) },
      avg: times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length,
      max: times.at(-1) ?? null,
    },
  };
}

type Ask = Pick<HistogramRequest, 'filter' | 'nowMs' | 'interval' | 'timeZone' | 'split'>;

/** Walks through the range by half hours and looks on the clock of the time zone where a bucket begins. */
export function histogram(found: StoredLog[], request: Ask): { interval: Interval; buckets: SplitBucket[] } {
  const { filter, nowMs, interval = { ms: 3_600_000 }, timeZone, split } = request;
  const times = found.map((log) => Date.parse(log['@timestamp']));
  const first = filter.fromMs ?? (times.length > 0 ? Math.min(...times) : undefined);
  if (first === undefined) return { interval, buckets: [] };
  const last = times.length > 0 ? Math.max(...times) + 1 : first;
  const end = filter.toMs ?? Math.max(last, filter.fromMs === undefined ? first : nowMs);
  const starts = startsOf(first, end, interval, timeZone);
  const services = top(found, 'service', 10).map(({ key }) => key);
  const buckets = starts.map((startMs, index) => {
    const next = starts[index + 1] ?? Infinity;
    const inside = found.filter((_, position) => times[position]! >= startMs && times[position]! < next);
    return {
      startMs,
      count: inside.length,
      anomalies: inside.filter(({ anomaly }) => anomaly.is_anomaly).length,
      errors: inside.filter(isError).length,
      ...(split ? { by: splitOf(inside, split, services) } : {}),
    };
  });
  return { interval, buckets };
}

function splitOf(inside: StoredLog[], split: NonNullable<Ask['split']>, services: string[]): Record<string, number> {
  const keys = { level: LEVELS, severity: SEVERITIES, service: services }[split];
  return tally(
    keys as readonly string[],
    inside.map((log) => (split === 'severity' ? log.anomaly.severity : log[split])),
  );
}

const MINUTE = 60_000;
const HALF_HOUR = 30 * MINUTE;

function startsOf(first: number, end: number, interval: Interval, timeZone: string): number[] {
  if (first >= end) return [];
  const width = 'ms' in interval ? interval.ms : Infinity;
  if (width <= HALF_HOUR) {
    // No clock that tests look at is ever off by less than half an hour.
    const starts: number[] = [];
    for (let at = Math.floor(first / width) * width; at < end; at += width) starts.push(at);
    return starts;
  }
  const begins = 'ms' in interval ? beginsWidth(width / MINUTE) : beginsUnit(interval.calendar);
  let start = Math.floor(first / HALF_HOUR) * HALF_HOUR;
  while (!begins(start, timeZone)) start -= HALF_HOUR;
  const starts = [start];
  for (let at = start + HALF_HOUR; at < end; at += HALF_HOUR) if (begins(at, timeZone)) starts.push(at);
  return starts;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(timeZone: string): Intl.DateTimeFormat {
  let found = clocks.get(timeZone);
  if (!found) {
    const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
    found = new Intl.DateTimeFormat('en', { timeZone, weekday: 'short', ...parts, hourCycle: 'h23' });
    clocks.set(timeZone, found);
  }
  return found;
}

function partsAt(time: number, timeZone: string): Record<string, string> {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(timeZone) ?? [];
  // Node 20 knows no offsets as zones.
  if (sign) return partsAt(time + Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * MINUTE, 'UTC');
  return Object.fromEntries(
    clock(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
}

type Begins = (time: number, timeZone: string) => boolean;

function beginsUnit(unit: 'day' | 'week' | 'month'): Begins {
  return (time, timeZone) => {
    const { weekday, day, hour, minute } = partsAt(time, timeZone);
    if (hour !== '00' || minute !== '00') return false;
    return unit === 'day' || (unit === 'week' ? weekday === 'Mon' : day === '01');
  };
}

/** Parts of a day begin where the clock on the wall says so, however long the one before has lasted. */
function beginsWidth(minutes: number): Begins {
  return (time, timeZone) => {
    const { hour, minute } = partsAt(time, timeZone);
    return (Number(hour) * 60 + Number(minute)) % minutes === 0;
  };
}
