import type { z } from 'zod';
import { checkDepth, toFilter } from '../filter';
import type { AppDeps, Count, LogPage, LogStats, SearchAccount } from '../ports';
import { route, type Route } from '../route';
import { anomaliesSchema, logsSchema, statsSchema } from '../schemas/log-answers';
import { anomaliesQuery, INTERVALS, logsQuery, statsQuery } from '../schemas/log-queries';
import { anomaliesExample, logsExample, statsExample } from '../schemas/examples';
import { invalidParameters } from '../validate';

const problems = [
  'invalid_parameter',
  'uri_too_long',
  'internal_error',
  'elasticsearch_unavailable',
  'elasticsearch_throttled',
  'elasticsearch_denied',
] as const;

function json(description: string, schema: z.ZodType, example: unknown) {
  return { 200: { description, content: { 'application/json': { schema, example } } } };
}

/** The routes that search: they need Elasticsearch and nothing else. */
export function logRoutes({ logs, now = Date.now }: Pick<AppDeps, 'logs' | 'now'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/logs',
      tag: 'logs',
      summary: 'Search logs',
      description: 'Newest first. Filters of different names must all hold.',
      query: logsQuery,
      answers: json('One page of logs.', logsSchema, logsExample),
      problems,
      handle: async ({ query, signal }, ctx) => {
        checkDepth(query);
        const { page, size } = query;
        ctx.body = shownPage(await logs.search({ filter: toFilter(query, now()), page, size }, signal), query);
      },
    }),
    route({
      method: 'get',
      path: '/logs/stats',
      tag: 'logs',
      summary: 'Figures over logs',
      description: 'Counts, error rate, response times and a histogram over everything that the filters select.',
      query: statsQuery,
      answers: json('The figures.', statsSchema, statsExample),
      problems,
      handle: async ({ query, signal }, ctx) => {
        const nowMs = now();
        const intervalMs = query.interval && INTERVALS[query.interval];
        try {
          ctx.body = shownStats(await logs.stats({ filter: toFilter(query, nowMs), intervalMs, nowMs }, signal));
        } catch (error) {
          if (error instanceof RangeError) throw invalidParameters([{ parameter: 'interval', detail: error.message }]);
          throw error;
        }
      },
    }),
    route({
      method: 'get',
      path: '/logs/anomalies',
      tag: 'logs',
      summary: 'Search anomalies',
      description: 'Only records whose score reached the threshold; highest score first, then newest.',
      query: anomaliesQuery,
      answers: json('One page of anomalies, and counts over all of them.', anomaliesSchema, anomaliesExample),
      problems,
      handle: async ({ query, signal }, ctx) => {
        checkDepth(query);
        const { page, size } = query;
        const found = await logs.anomalies({ filter: toFilter(query, now()), page, size }, signal);
        ctx.body = { ...shownPage(found, query), by_severity: found.bySeverity, by_rule: found.byRule };
      },
    }),
  ];
}

function shownAccount({ total, tookMs, partial }: SearchAccount) {
  return { total, took_ms: tookMs, partial };
}

function shownPage(found: LogPage, { page, size }: { page: number; size: number }) {
  return { ...shownAccount(found), page, size, logs: found.logs };
}

function named<N extends string>(name: N, counts: Count[]) {
  return counts.map(({ key, count }) => ({ [name]: key, count }));
}

function shownStats(stats: LogStats): z.output<typeof statsSchema> {
  const { value } = stats.total;
  return {
    ...shownAccount(stats),
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
    histogram: {
      interval_ms: stats.histogram.intervalMs,
      buckets: stats.histogram.buckets.map(({ startMs, ...counts }) => ({ start: isoTime(startMs), ...counts })),
    },
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
