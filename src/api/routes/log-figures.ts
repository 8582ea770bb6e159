import { HEAVY } from '../access/limits';
import type { z } from 'zod';
import { toFilter } from '../logs/filter';
import { accountView, histogramView, statsView } from '../logs/views';
import { FIELDS } from '../query/fields';
import { route, type Route } from '../route';
import { facetsSchema, histogramSchema, statsSchema } from '../schemas/log-answers';
import { facetsExample, histogramExample, statsExample } from '../schemas/log-examples';
import { facetsQuery, histogramQuery, INTERVALS, statsQuery } from '../schemas/log-queries';
import { invalidParameters } from '../validate';
import { logProblems, type LogRouteDeps } from './logs';

const STANDARD_FACETS = (['service', 'level', 'severity', 'status_code'] as const).map((name) => ({
  ...{ name, path: FIELDS[name].path },
}));
const MAX_FACETS = 10;

function json(description: string, schema: z.ZodType, example: unknown) {
  return { 200: { description, content: { 'application/json': { schema, example } } } };
}

/** Too many buckets are the interval's fault. */
async function checkingInterval<T>(figures: Promise<T>): Promise<T> {
  return figures.catch((error: unknown) => {
    if (error instanceof RangeError) throw invalidParameters([{ parameter: 'interval', detail: error.message }]);
    throw error;
  });
}

/** The routes that count logs. */
export function logFigureRoutes({ logs, now }: LogRouteDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/logs/stats',
      tag: 'logs',
      scope: 'read',
      cost: HEAVY,
      summary: 'Figures over logs',
      description: 'Counts, error rate, response times and a histogram over everything that the filters select.',
      query: statsQuery,
      answers: json('The figures.', statsSchema, statsExample),
      problems: logProblems,
      handle: async ({ query, signal }, ctx) => {
        const nowMs = now();
        const intervalMs = query.interval && INTERVALS[query.interval];
        const request = { filter: toFilter(query, nowMs), intervalMs, nowMs };
        ctx.body = statsView(await checkingInterval(logs.stats(request, signal)));
      },
    }),
    route({
      method: 'get',
      path: '/logs/histogram',
      tag: 'logs',
      scope: 'read',
      cost: HEAVY,
      summary: 'Logs over time',
      description:
        'Counts by interval from `from` to `to`, without gaps. A range without an end runs to now, one without a start ' +
        'begins with the oldest log.',
      query: histogramQuery,
      answers: json('The buckets, oldest first.', histogramSchema, histogramExample),
      problems: logProblems,
      handle: async ({ query, signal }, ctx) => {
        const nowMs = now();
        const { interval, split, time_zone: timeZone } = query;
        const request = { filter: toFilter(query, nowMs), nowMs, interval, timeZone, split };
        ctx.body = histogramView(await checkingInterval(logs.histogram(request, signal)), timeZone);
      },
    }),
    route({
      method: 'get',
      path: '/logs/facets',
      tag: 'logs',
      scope: 'read',
      cost: HEAVY,
      summary: 'Most frequent values of fields',
      description: 'Over everything that the filters select. Several values of a record, such as tags, count each.',
      query: facetsQuery,
      answers: json('The values of each field, most frequent first.', facetsSchema, facetsExample),
      problems: logProblems,
      handle: async ({ query, signal }, ctx) => {
        const asked = query.facets ?? STANDARD_FACETS;
        if (asked.length > MAX_FACETS) {
          throw invalidParameters([{ parameter: 'facets', detail: `at most ${MAX_FACETS} fields` }]);
        }
        const fields = [...new Set(asked.map(({ path }) => path))];
        const { facets, ...account } = await logs.facets(
          { filter: toFilter(query, now()), fields, size: query.size },
          signal,
        );
        const named = asked.map(({ name, path }): [string, object] => {
          const { values, other, missing, error } = facets[path]!;
          return [name, { values: values.map(({ key, count }) => ({ value: key, count })), other, missing, error }];
        });
        ctx.body = { ...accountView(account), facets: Object.fromEntries(named) };
      },
    }),
  ];
}
