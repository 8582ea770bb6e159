import { checkPaging, toFilter } from '../logs/filter';
import type { createPageReader } from '../logs/read-page';
import { anomaliesView, pageView } from '../logs/views';
import type { AppDeps } from '../ports';
import type { ProblemCode } from '../problem';
import { route, type Route } from '../route';
import { anomaliesSchema, logsSchema } from '../schemas/log-answers';
import { anomaliesExample, logsExample } from '../schemas/log-examples';
import { anomaliesQuery, logsQuery } from '../schemas/log-queries';

export const logProblems = [
  'invalid_parameter',
  'uri_too_long',
  'internal_error',
  'elasticsearch_unavailable',
  'elasticsearch_throttled',
  'elasticsearch_denied',
] as const satisfies ProblemCode[];

/** What the log routes share. They need Elasticsearch and nothing else. */
export interface LogRouteDeps extends Pick<AppDeps, 'logs'> {
  now: () => number;
  readPage: ReturnType<typeof createPageReader>;
}

const PAGING =
  'Follow `next_cursor` until it is null: all pages together have each log that matched at the first page once, ' +
  'whatever comes in meanwhile. A `page` by number has no cursor.';

/** The routes that page through logs. */
export function logRoutes({ logs, readPage }: LogRouteDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/logs',
      tag: 'logs',
      scope: 'read',
      summary: 'Search logs',
      description: `Newest first. Filters of different names must all hold. ${PAGING}`,
      query: logsQuery,
      answers: {
        200: {
          description: 'One page of logs.',
          content: { 'application/json': { schema: logsSchema, example: logsExample } },
        },
      },
      problems: [...logProblems, 'cursor_expired'],
      handle: async ({ query, signal }, ctx) => {
        checkPaging(query);
        const select = (nowMs: number) => toFilter(query, nowMs);
        const read = await readPage('logs', query, select, (request) => logs.search(request, signal));
        ctx.body = pageView(read, query);
      },
    }),
    route({
      method: 'get',
      path: '/logs/anomalies',
      tag: 'logs',
      scope: 'read',
      summary: 'Search anomalies',
      description: `Only records whose score reached the threshold; highest score first, then newest. ${PAGING}`,
      query: anomaliesQuery,
      answers: {
        200: {
          description: 'One page of anomalies, and counts over all of them.',
          content: { 'application/json': { schema: anomaliesSchema, example: anomaliesExample } },
        },
      },
      problems: [...logProblems, 'cursor_expired'],
      handle: async ({ query, signal }, ctx) => {
        checkPaging(query);
        const { group } = query;
        const select = (nowMs: number) => toFilter(query, nowMs);
        const search = (request: Parameters<typeof logs.search>[0]) => logs.anomalies({ ...request, group }, signal);
        ctx.body = anomaliesView(await readPage('anomalies', query, select, search), query);
      },
    }),
  ];
}
