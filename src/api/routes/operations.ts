import type { z } from 'zod';
import { supervisorWorkflowId, type OperatorNote } from '../../workflows/contract';
import { workflowUrl } from '../pipeline/read-pipeline';
import type { AppDeps, OperatorSignal } from '../ports';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { acceptedExample } from '../schemas/examples';
import { noQuery } from '../schemas/log-queries';
import { acceptedSchema, acceptGapBody, operationBody, rebindBody } from '../schemas/operations';

type Deps = Pick<AppDeps, 'settings' | 'workflows' | 'logger'>;

const OPERATIONS: readonly Operation[] = [
  {
    signal: 'pause',
    summary: 'Pause the pipeline',
    description: 'No new batches are pulled; what is in flight is finished.',
    body: operationBody,
  },
  {
    signal: 'resume',
    summary: 'Resume the pipeline',
    description: 'Goes on exactly where it stopped; partitions that halted try again.',
    body: operationBody,
  },
  {
    signal: 'accept-gap',
    summary: 'Go on after records that Kafka has deleted',
    description:
      'For partitions halted with `offset_out_of_range`: the missing offsets, shown as `gap`, are recorded as lost ' +
      'upstream, except those that had reached Elasticsearch. Other partitions ignore it.',
    body: acceptGapBody,
  },
  {
    signal: 'rebind',
    summary: 'Go on with a topic that was created anew',
    description:
      'For partitions halted with `topic_recreated`: the account is closed and kept, and the new topic is read from its ' +
      'first offset under the next generation. Other partitions ignore it.',
    body: rebindBody,
  },
];

/** The routes that steer the pipeline: each signals the topic's supervisor. */
export function operationRoutes(deps: Deps): Route[] {
  return OPERATIONS.map((one) => operation(one, deps));
}

interface Operation {
  signal: OperatorSignal;
  summary: string;
  description: string;
  body: z.ZodType<OperatorNote>;
}

function operation({ signal, summary, description, body }: Operation, deps: Deps): Route {
  const { settings, workflows, logger } = deps;
  const workflowId = supervisorWorkflowId(settings.topic);
  return route({
    method: 'post',
    path: `/pipeline/${signal}`,
    tag: 'pipeline',
    summary,
    description,
    query: noQuery,
    body,
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
    handle: async ({ body: order }, ctx) => {
      const note: OperatorNote = { ...order, actor: order.actor ?? 'api' };
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
