import { allOf } from '../query/expression';
import type { LogHit, Neighbourhood } from '../logs/ports';
import { parsed } from '../../domain/json-text';
import { checkingSize } from '../logs/read-page';
import { requestView } from '../logs/views';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { contextSchema, logSchema, requestSchema } from '../schemas/log-answers';
import { contextExample, logExample, requestExample } from '../schemas/log-examples';
import { contextQuery, logParams, logQuery, requestParams, requestQuery } from '../schemas/log-queries';
import { invalidParameters } from '../validate';
import { logProblems, type LogRouteDeps } from './logs';

/** The routes that begin at one log or one request. */
export function logRecordRoutes(deps: LogRouteDeps): Route[] {
  return [logRoute(deps), contextRoute(deps), requestRoute(deps)];
}

function logRoute({ logs }: LogRouteDeps): Route {
  return route({
    method: 'get',
    path: '/logs/{id}',
    tag: 'logs',
    scope: 'read',
    summary: 'One log',
    description: 'By its id: generation, partition and offset. A log can be found a second after it was indexed.',
    query: logQuery,
    params: logParams,
    answers: {
      200: { description: 'The log.', content: { 'application/json': { schema: logSchema, example: logExample } } },
    },
    problems: [...logProblems, 'not_found', 'log_not_found'],
    handle: async ({ params: { id }, query: { fields }, signal }, ctx) => {
      ctx.body = (await logs.get(id, fields, signal)) ?? notFound(id);
    },
  });
}

function contextRoute({ logs }: LogRouteDeps): Route {
  return route({
    method: 'get',
    path: '/logs/{id}/context',
    tag: 'logs',
    scope: 'read',
    summary: 'The logs around one',
    description:
      'By partition it is what stands before and after in Kafka, offset by offset; offsets that are not there were not ' +
      'indexed, and `GET /pipeline/ledger` says what became of them.',
    query: contextQuery,
    params: logParams,
    answers: {
      200: {
        description: 'The log with its neighbours, oldest first.',
        content: { 'application/json': { schema: contextSchema, example: contextExample } },
      },
    },
    problems: [...logProblems, 'not_found', 'log_not_found'],
    handle: async ({ params: { id }, query, signal }, ctx) => {
      const { by = ['partition'], before, after, fields } = query;
      const log = (await logs.get(id, undefined, signal)) ?? notFound(id);
      const anchor = parsed(log);
      checkShared(anchor, by);
      const found = await checkingSize('before', logs.context({ anchor, by, before, after, fields }, signal));
      ctx.body = {
        took_ms: found.tookMs,
        partial: found.partial,
        by,
        before: found.before,
        log: (fields && (await logs.get(id, fields, signal))) ?? log,
        after: found.after,
        more_before: found.moreBefore,
        more_after: found.moreAfter,
      };
    },
  });
}

function checkShared({ request_id: requestId }: LogHit, by: Neighbourhood): void {
  if (!by.includes('request') || typeof requestId === 'string') return;
  throw invalidParameters([{ parameter: 'by', detail: 'must not be request: this log has no request_id' }]);
}

function notFound(id: string): never {
  throw new Problem(
    'log_not_found',
    `No log ${id} is stored: it may not be searchable yet, have expired, or lie under /pipeline/dead-letters/${id}.`,
  );
}

function requestRoute({ logs, readPage }: LogRouteDeps): Route {
  return route({
    method: 'get',
    path: '/requests/{request_id}',
    tag: 'logs',
    scope: 'read',
    summary: 'One request over all services',
    description: 'Its logs, oldest first, and what each service did. Longer ones go on at `next_cursor`.',
    query: requestQuery,
    params: requestParams,
    answers: {
      200: {
        description: 'The timeline.',
        content: { 'application/json': { schema: requestSchema, example: requestExample } },
      },
    },
    problems: [...logProblems, 'not_found', 'request_not_found', 'cursor_expired'],
    handle: async ({ params: { request_id: requestId }, query, signal }, ctx) => {
      const filter = { where: allOf([{ kind: 'equals', field: 'request_id', values: [requestId] }]) };
      const sorted = { ...query, sort: { by: 'time', descending: false } as const };
      const [read, summary] = await Promise.all([
        readPage(
          'request',
          sorted,
          () => filter,
          (request) => logs.search(request, signal),
        ),
        logs.summary(filter, signal),
      ]);
      if (read.found.total.value === 0 && !read.found.partial) {
        throw new Problem('request_not_found', 'No log that can be searched now has this request_id.');
      }
      ctx.body = requestView(requestId, read, summary);
    },
  });
}
