import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Scope } from '../../keys/scope';
import { supervisorWorkflowId, type MessageName, type ReadMessage } from '../../workflows/contract';
import { workflowLinks } from '../pipeline/read-pipeline';
import type { AppDeps, Delivery } from '../ports';
import { Problem, type ProblemCode } from '../problem';
import { route, type Route } from '../route';
import { acceptedExample } from '../schemas/examples';
import { noQuery } from '../schemas/log-queries';
import { acceptedSchema, acceptGapBody, operationBody, pauseBody, rebindBody, stopAtBody } from '../schemas/operations';

type Deps = Pick<AppDeps, 'settings' | 'workflows' | 'logger'>;

const OPERATIONS: readonly Operation[] = [
  {
    name: 'pause',
    scope: 'operate',
    summary: 'Pause the pipeline',
    description:
      'No new batches are pulled; what is in flight has 5 s to end. With `expires_at` or `for_seconds` it resumes by ' +
      'itself then. Replaces an earlier pause, drain or stop-at.',
    body: pauseBody,
  },
  {
    name: 'resume',
    scope: 'operate',
    summary: 'Resume the pipeline',
    description:
      'Goes on exactly where it stopped: undoes pause, drain and stop-at, and lets partitions that halted try again. A ' +
      'hold of one partition alone is lifted by a resume of that partition.',
    body: operationBody,
  },
  {
    name: 'drain',
    scope: 'operate',
    summary: 'Work off what is in Kafka, then pause',
    description: 'Everything that stood in Kafka when the order came is given its fate; then the partition is paused.',
    body: operationBody,
  },
  {
    name: 'stop-at',
    scope: 'operate',
    summary: 'Pause at an offset',
    description:
      'Nothing from `offset` on is read. The partition runs until everything before it has its fate, and is paused then; at ' +
      'once when it is there already. What was being read when the order came may lie behind it.',
    body: stopAtBody,
  },
  {
    name: 'accept-gap',
    scope: 'admin',
    summary: 'Go on after records that Kafka has deleted, or that cannot be read',
    description:
      'For partitions halted with `offset_out_of_range` or `batch_unreadable`: the offsets that are shown as `gap` are ' +
      'recorded as lost upstream, except those that had reached Elasticsearch. A batch that can be read by then is read. ' +
      'Other partitions ignore it.',
    body: acceptGapBody,
  },
  {
    name: 'rebind',
    scope: 'admin',
    summary: 'Go on with a topic that was created anew',
    description:
      'For partitions halted with `topic_recreated`: the account is closed and kept, and the new topic is read from its ' +
      'first offset under the next generation. Other partitions ignore it.',
    body: rebindBody,
  },
];

const PROBLEMS: ProblemCode[] = [
  'invalid_parameter',
  'invalid_body',
  'workflow_not_found',
  'partition_not_found',
  'body_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'internal_error',
  'temporal_unavailable',
];

/** What decides about a partition that halted, and is refused by others. */
const DECISIONS: readonly MessageName[] = ['accept-gap', 'rebind'];

/** The routes that steer the pipeline: each sends a message to the topic's supervisor. */
export function operationRoutes(deps: Deps): Route[] {
  return OPERATIONS.map((one) => operation(one, deps));
}

type Order = z.output<typeof operationBody> &
  Partial<z.output<typeof pauseBody> & z.output<typeof stopAtBody>> &
  Partial<z.output<typeof acceptGapBody> & z.output<typeof rebindBody>>;

interface Operation {
  name: MessageName;
  /** What gives up records for good is for administrators. */
  scope: Scope;
  summary: string;
  description: string;
  body: z.ZodType<Order>;
}

function operation({ name, scope, summary, description, body }: Operation, deps: Deps): Route {
  const { settings, workflows, logger } = deps;
  const workflowId = supervisorWorkflowId(settings.topic);
  const answer = (example: object) => ({
    'application/json': { schema: acceptedSchema, example: { ...acceptedExample, signal: name, ...example } },
  });
  return route({
    method: 'post',
    path: `/pipeline/${name}`,
    tag: 'pipeline',
    scope,
    summary,
    description,
    query: noQuery,
    body,
    answers: {
      200: { description: 'The pipeline has taken it: this is what each partition says.', content: answer({}) },
      202: {
        description:
          'No worker answered within 1.5 s. The same message, with the same request id, was left as a signal, which the ' +
          'next worker follows once; GET /pipeline shows when.',
        content: answer({ acknowledged: false, partitions: [] }),
      },
    },
    problems: [...PROBLEMS, ...(DECISIONS.includes(name) ? ['partition_not_halted' as const] : [])],
    handle: async ({ body: order }, ctx) => {
      const { request_id: given, ...rest } = order;
      const requestId = given ?? randomUUID();
      const note = { ...rest, actor: order.actor ?? 'api' };
      const message = { ...toMessage(name, note), requestId };
      const delivery = await workflows.send(settings.topic, message).catch((error: unknown) => {
        const detail = `The message was not confirmed. Try again with the request_id ${requestId}: it is followed once.`;
        throw new Problem('temporal_unavailable', detail, [], { cause: error });
      });
      demandTaken(delivery, workflowId);
      const acknowledged = delivery.kind === 'answered';
      const { duplicate, partitions } = acknowledged ? delivery.result : { duplicate: false, partitions: [] };
      logger.info({ signal: name, actor: note.actor, topic: settings.topic, requestId, acknowledged }, 'message sent');
      ctx.status = acknowledged ? 200 : 202;
      ctx.body = {
        ...{ signal: name, request_id: requestId, acknowledged, duplicate, partitions },
        ...(delivery.kind === 'left' && delivery.suspended ? { advice: adviceOf(workflowId) } : {}),
        ...workflowLinks(settings, workflowId),
        note,
      };
    },
  });
}

/** The order as the workflows read it. */
function toMessage(name: MessageName, order: Omit<Order, 'request_id'>): ReadMessage {
  const { expires_at: expiresAt, for_seconds: forSeconds, ...rest } = order;
  return { name, ...rest, ...(expiresAt && { expiresAt }), ...(forSeconds && { forSeconds }) } as ReadMessage;
}

function adviceOf(workflowId: string): string {
  return (
    'Temporal has paused the supervisor: the message waits until that ends, by ' +
    `temporal workflow unpause --workflow-id ${workflowId}`
  );
}

const REFUSALS: Record<string, ProblemCode> = {
  unknown_partition: 'partition_not_found',
  not_halted: 'partition_not_halted',
};

/** @throws Problem when nobody is there to take it, or the supervisor refused it */
function demandTaken(delivery: Delivery, workflowId: string): void {
  if (delivery.kind === 'refused') throw new Problem(REFUSALS[delivery.code] ?? 'invalid_body', delivery.message);
  if (delivery.kind !== 'missing') return;
  throw new Problem('workflow_not_found', `No workflow ${workflowId} is running; a worker starts it when it comes up.`);
}
