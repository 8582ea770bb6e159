import { topicLink } from '../by-topic/topic-link';
import type { Context } from 'koa';
import { isExportOver } from '../../domain/export';
import { callerOf } from '../access/guard';
import { ORDER_COST } from '../access/limits';
import { exportView } from '../exports/export-view';
import { exportWorkflow, findExport, maySee, placeExport, type LongExportDeps } from '../exports/order-export';
import { Problem, type ProblemCode } from '../problem';
import { route, type Route } from '../route';
import { exportStartedExample, longExportExample } from '../schemas/log-export-examples';
import {
  exportOrderBody,
  exportParams,
  exportsQuery,
  exportStartedSchema,
  longExportSchema,
  longExportsSchema,
} from '../schemas/log-exports';
import { noQuery } from '../schemas/log-queries';

export const exportProblems = [
  'invalid_parameter',
  'uri_too_long',
  'internal_error',
  'export_folder_unusable',
] as const satisfies ProblemCode[];
/** Long exports take minutes. */
const RETRY_AFTER_S = '60';
/** More than a query has room for: filters may be long lists. */
const BODY_LIMIT = '64kb';

/** The routes that order long exports and show them. */
export function longExportRoutes(deps: LongExportDeps): Route[] {
  return [orderRoute(deps), listRoute(deps), showRoute(deps)];
}

function orderRoute(deps: LongExportDeps): Route {
  return route({
    method: 'post',
    path: '/logs/exports',
    tag: 'logs',
    scope: 'read',
    cost: ORDER_COST,
    summary: 'Order a long export',
    description:
      'A workflow writes every log that matches into a file, as GET /logs/export would at one moment, and goes on ' +
      'wherever it was interrupted. `filter` has the names and values of that query.',
    query: noQuery,
    body: exportOrderBody,
    bodyLimit: BODY_LIMIT,
    answers: {
      202: {
        description: 'It was started; GET /logs/exports/{id} shows how far it is.',
        content: { 'application/json': { schema: exportStartedSchema, example: exportStartedExample } },
      },
    },
    problems: [
      ...exportProblems,
      ...(['invalid_body', 'body_too_large', 'unsupported_media_type', 'temporal_unavailable'] as const),
      ...(['too_many_exports', 'export_disk_full'] as const),
    ],
    handle: async ({ body }, ctx) => {
      const { id, duplicate } = await placeExport(deps, body, sentBody(ctx)).catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'too_many_exports') ctx.set('Retry-After', RETRY_AFTER_S);
        throw error;
      });
      ctx.status = 202;
      ctx.body = {
        id,
        url: topicLink(deps.settings, `/logs/exports/${id}`),
        duplicate,
        ...exportWorkflow(deps.settings, id),
      };
    },
  });
}

function sentBody(ctx: Context): Record<string, unknown> {
  return ((ctx.request as { body?: unknown }).body ?? {}) as Record<string, unknown>;
}

function listRoute({ settings, desk }: LongExportDeps): Route {
  return route({
    method: 'get',
    path: '/logs/exports',
    tag: 'logs',
    scope: 'read',
    summary: 'Long exports, the newest first',
    description: 'A key of the scope read sees those that it has ordered.',
    query: exportsQuery,
    answers: {
      200: {
        description: 'The exports that are there, ended ones included until they expire.',
        content: { 'application/json': { schema: longExportsSchema, example: { exports: [longExportExample] } } },
      },
    },
    problems: exportProblems,
    handle: async ({ query: { size } }, ctx) => {
      const stored = (await desk.shelf.list(settings.topic)).filter((one) => maySee(callerOf(ctx), one));
      const views = stored.slice(0, size).map(async (one) => {
        const { id } = one.order;
        // What has ended says all there is to say itself.
        const over = isExportOver(one.status);
        const reading = over ? { execution: 'closed' as const } : await desk.workflows.read(settings.topic, id);
        return exportView(one, reading, desk.retentionMs, exportWorkflow(settings, id), settings);
      });
      ctx.body = { exports: await Promise.all(views) };
    },
  });
}

function showRoute({ settings, desk }: LongExportDeps): Route {
  return route({
    method: 'get',
    path: '/logs/exports/{id}',
    tag: 'logs',
    scope: 'read',
    summary: 'Progress and result of a long export',
    query: noQuery,
    params: exportParams,
    answers: {
      200: {
        description: 'The export. It answers with Temporal down, too.',
        content: { 'application/json': { schema: longExportSchema, example: longExportExample } },
      },
    },
    problems: [...exportProblems, 'not_found', 'export_not_found'],
    handle: async ({ params: { id } }, ctx) => {
      const reading = await desk.workflows.read(settings.topic, id);
      // Read behind the workflow: what that has said to be over, the folder says too.
      const stored = await findExport({ desk, settings }, id, callerOf(ctx));
      ctx.body = exportView(stored, reading, desk.retentionMs, exportWorkflow(settings, id), settings);
    },
  });
}
