import type { z } from 'zod';
import type { anomaliesSchema, histogramSchema, requestSchema, statsSchema } from '../schemas/log-answers';
import type {
  AnomalyPage,
  Count,
  Interval,
  LogHistogram,
  LogPage,
  LogStats,
  RequestSummary,
  SearchAccount,
} from './ports';
import { FIRST, type ReadPage } from './read-page';

/** The answers of the log routes, as JSON has them. */

export function accountView({ total, tookMs, partial }: SearchAccount) {
  return { total, took_ms: tookMs, partial };
}

interface Asked {
  page?: number | undefined;
  cursor?: string | undefined;
  size: number;
}

/** A page is numbered when it was asked for by number, and when it is the first. */
export function pageView({ found, nextCursor }: ReadPage<LogPage>, asked: Asked) {
  const page = asked.cursor === undefined || asked.cursor === FIRST ? (asked.page ?? 1) : null;
  return { ...accountView(found), page, size: asked.size, next_cursor: nextCursor, logs: found.logs };
}

export function anomaliesView(read: ReadPage<AnomalyPage>, asked: Asked): z.output<typeof anomaliesSchema> {
  const { bySeverity, byRule, groups } = read.found;
  return {
    ...(pageView(read, asked) as z.output<typeof anomaliesSchema>),
    by_severity: bySeverity,
    by_rule: byRule,
    ...(groups
      ? {
          groups: groups.map(({ key, count, maxScore, firstMs, lastMs, example }) => ({
            ...{ key, count, max_score: maxScore },
            ...{ first: isoTime(firstMs), last: isoTime(lastMs), example },
          })),
        }
      : {}),
  };
}

export function requestView(
  requestId: string,
  read: ReadPage<LogPage>,
  { services, firstMs, lastMs, errors, anomalies, maxScore }: RequestSummary,
): z.output<typeof requestSchema> {
  return {
    request_id: requestId,
    ...accountView(read.found),
    first: firstMs === null ? null : isoTime(firstMs),
    last: lastMs === null ? null : isoTime(lastMs),
    duration_ms: firstMs === null || lastMs === null ? null : lastMs - firstMs,
    errors,
    anomalies,
    max_score: maxScore,
    services: services.map(({ firstMs: first, lastMs: last, ...counts }) => ({
      ...counts,
      ...{ first: isoTime(first), last: isoTime(last) },
    })),
    next_cursor: read.nextCursor,
    // As text or not, these are logs.
    logs: read.found.logs as z.output<typeof requestSchema>['logs'],
  };
}

function named<N extends string>(name: N, counts: Count[]) {
  return counts.map(({ key, count }) => ({ [name]: key, count }));
}

export function statsView(stats: LogStats): z.output<typeof statsSchema> {
  const { value } = stats.total;
  return {
    ...accountView(stats),
    by_level: stats.levels,
    by_severity: stats.severities,
    by_service: named('service', stats.services),
    by_status_class: stats.statusClasses,
    anomalies: stats.anomalies,
    errors: stats.errors,
    error_rate: value === 0 ? 0 : Math.min(1, stats.errors / value),
    response_time_ms: stats.responseTimeMs,
    top_paths: named('path', stats.paths),
    top_error_codes: named('error_code', stats.errorCodes),
    top_users: named('user_id', stats.users),
    histogram: {
      interval_ms: stats.histogram.intervalMs,
      buckets: stats.histogram.buckets.map(({ startMs, ...counts }) => ({ start: isoTime(startMs), ...counts })),
    },
  };
}

export function histogramView(
  { interval, buckets, ...account }: LogHistogram,
  timeZone: string,
): z.output<typeof histogramSchema> {
  return {
    ...accountView(account),
    interval: intervalName(interval),
    time_zone: timeZone,
    buckets: buckets.map(({ startMs, ...counts }) => ({ start: isoTime(startMs), ...counts })),
  };
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

function intervalName(interval: Interval): string {
  if ('calendar' in interval) return { day: '1d', week: '1w', month: '1M' }[interval.calendar];
  const [unit, ms] = UNITS.find(([, length]) => interval.ms % length === 0)!;
  return `${interval.ms / ms}${unit}`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
