import { ORDER_COST } from '../access/limits';
import { retentionWorkflowId } from '../../domain/expiry';
import { newId } from '../new-id';
import { workflowLinks } from '../pipeline/read-pipeline';
import type { AppDeps } from '../ports';
import { Problem, temporalUnavailable } from '../problem';
import { readRetention, retentionRunView } from '../retention/retention-view';
import { route, type Route } from '../route';
import { topicLink } from '../by-topic/topic-link';
import { noQuery } from '../schemas/log-queries';
import {
  retentionRunBody,
  retentionRunId,
  retentionRunSchema,
  retentionSchema,
  retentionStartedSchema,
} from '../schemas/retention';
import { retentionExample, retentionRunExample, retentionStartedExample } from '../schemas/retention-examples';

/** Shows what is kept and what goes next, and runs the retention by hand. */
export function retentionRoutes({
  settings,
  retention,
  logger,
  now = Date.now,
}: Pick<AppDeps, 'settings' | 'retention' | 'logger' | 'now'>): Route[] {
  const { topic } = settings;
  const workflow = (id: string) => workflowLinks(settings, retentionWorkflowId(topic, id));
  return [
    route({
      method: 'get',
      path: '/retention',
      tag: 'pipeline',
      scope: 'read',
      summary: 'What is kept, what goes next and what went',
      description:
        'Indices by day with the time from which they are deleted, the schedule, the record of what was deleted of each ' +
        'partition, drift of templates and mappings, and disks near their watermarks. What does not answer in 2 s is null.',
      query: noQuery,
      answers: {
        200: {
          description: 'The retention.',
          content: { 'application/json': { schema: retentionSchema, example: retentionExample } },
        },
      },
      problems: ['invalid_parameter', 'uri_too_long', 'internal_error'],
      handle: async (_, ctx) => {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = await readRetention(retention, settings, now());
      },
    }),
    route({
      method: 'post',
      path: '/retention/runs',
      tag: 'pipeline',
      scope: 'admin',
      cost: ORDER_COST,
      summary: 'Run the retention now, or see what it would delete',
      description: 'What the schedule does every hour, once; with `dry_run` nothing is deleted.',
      query: noQuery,
      body: retentionRunBody,
      answers: {
        202: {
          description: 'It was started; GET /retention/runs/{id} has the result.',
          content: { 'application/json': { schema: retentionStartedSchema, example: retentionStartedExample } },
        },
      },
      problems: [
        'invalid_parameter',
        'invalid_body',
        'body_too_large',
        'uri_too_long',
        'unsupported_media_type',
        'internal_error',
        'temporal_unavailable',
      ],
      handle: async ({ body }, ctx) => {
        const { dry_run, request_id: id = newId(now()), reason, actor = 'api' } = body;
        await retention.runs.start(topic, id, dry_run).catch(temporalUnavailable);
        logger.info({ topic, id, dryRun: dry_run, actor, reason }, 'retention run ordered');
        ctx.status = 202;
        ctx.body = { id, url: topicLink(settings, `/retention/runs/${id}`), dry_run, ...workflow(id) };
      },
    }),
    route({
      method: 'get',
      path: '/retention/runs/{id}',
      tag: 'pipeline',
      scope: 'read',
      summary: 'Result of a retention run',
      query: noQuery,
      params: retentionRunId,
      answers: {
        200: {
          description: 'The run.',
          content: { 'application/json': { schema: retentionRunSchema, example: retentionRunExample } },
        },
      },
      problems: [
        'invalid_parameter',
        'not_found',
        'retention_run_not_found',
        'uri_too_long',
        'internal_error',
        'temporal_unavailable',
      ],
      handle: async ({ params: { id } }, ctx) => {
        const run = await retention.runs.read(topic, id).catch(temporalUnavailable);
        if (!run) throw new Problem('retention_run_not_found', `No retention run ${id} is known, or no longer.`);
        ctx.body = retentionRunView(id, run, workflow(id));
      },
    }),
  ];
}
