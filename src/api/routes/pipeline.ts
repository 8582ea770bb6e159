import { supervisorWorkflowId, type OperatorNote } from '../../workflows/contract';
import type { GatheredFacts } from '../pipeline/gather-facts';
import { createPipelineReader, workflowUrl } from '../pipeline/read-pipeline';
import type { AppDeps } from '../ports';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { acceptedExample, pipelineExample } from '../schemas/examples';
import { noQuery } from '../schemas/log-queries';
import { acceptedSchema, operationBody, pipelineSchema } from '../schemas/pipeline';

type Deps = Pick<AppDeps, 'settings' | 'workflows' | 'logger'>;

/** The routes that show and steer the pipeline. */
export function pipelineRoutes(deps: Deps, gather: () => Promise<GatheredFacts>): Route[] {
  const readPipeline = createPipelineReader(deps, gather);
  return [
    route({
      method: 'get',
      path: '/pipeline',
      tag: 'pipeline',
      summary: 'State of the pipeline',
      description:
        'Each partition as its workflow tells it; without a worker, or without Temporal, from the commits in Kafka, ' +
        'which `source` and `note` then say. Answers within 2 s.',
      query: noQuery,
      answers: {
        200: {
          description: 'The state, by partition.',
          content: { 'application/json': { schema: pipelineSchema, example: pipelineExample } },
        },
      },
      problems: ['invalid_parameter', 'uri_too_long', 'internal_error', 'pipeline_unavailable'],
      handle: async (_, ctx) => {
        ctx.body = await readPipeline();
      },
    }),
    operation('pause', 'Pause the pipeline', 'No new batches are pulled; what is in flight is finished.', deps),
    operation('resume', 'Resume the pipeline', 'Goes on exactly where it stopped.', deps),
  ];
}

function operation(
  signal: 'pause' | 'resume',
  summary: string,
  description: string,
  { settings, workflows, logger }: Deps,
): Route {
  const workflowId = supervisorWorkflowId(settings.topic);
  return route({
    method: 'post',
    path: `/pipeline/${signal}`,
    tag: 'pipeline',
    summary,
    description,
    query: noQuery,
    body: operationBody,
    answers: {
      202: {
        description: 'The signal was sent; GET /pipeline shows when it has taken effect.',
        content: { 'application/json': { schema: acceptedSchema, example: { ...acceptedExample, signal } } },
      },
    },
    problems: [
      'invalid_parameter',
      'invalid_body',
      'workflow_not_found',
      'body_too_large',
      'uri_too_long',
      'unsupported_media_type',
      'internal_error',
      'temporal_unavailable',
    ],
    handle: async ({ body }, ctx) => {
      const note: OperatorNote = {
        ...(body.reason === undefined ? {} : { reason: body.reason }),
        actor: body.actor ?? 'api',
      };
      const sent = await workflows.signal(settings.topic, signal, note).catch((error: unknown) => {
        throw new Problem(
          'temporal_unavailable',
          'The signal was not confirmed. Try again: it may be sent twice.',
          [],
          {
            cause: error,
          },
        );
      });
      if (!sent) {
        throw new Problem(
          'workflow_not_found',
          `No workflow ${workflowId} is running; a worker starts it when it comes up.`,
        );
      }
      logger.info({ signal, actor: note.actor, topic: settings.topic }, 'operator signal sent');
      ctx.status = 202;
      ctx.body = { signal, workflow_id: workflowId, workflow_url: workflowUrl(settings, workflowId), note };
    },
  });
}
