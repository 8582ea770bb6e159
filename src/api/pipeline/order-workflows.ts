import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { PipelineError } from '../../domain/errors';
import { searchAttributes } from '../../domain/search-attributes';
import { isOpenStatus } from '../../domain/workflow-status';
import { QUERIES } from '../../workflows/contract';
import { within } from '../within';

/** What could be learned of an order's workflow. */
export interface OrderReading<State> {
  execution: 'open' | 'closed' | 'missing' | 'unreachable';
  /** Its own answer; absent when no worker answered in time. */
  state?: State | undefined;
  /** Why a step of it is being tried again. */
  failing?: { code: string; message: string } | undefined;
}

/** `left`: no worker answered in time, and the signal was left. */
export type OrderDelivery<Status> = { kind: 'answered'; status: Status } | { kind: 'left' } | { kind: 'missing' };

/** Orders of one kind, each with a workflow of its own that takes messages as signals and as updates. */
export interface OrderWorkflows<State, Status, Message> {
  /** Starts the workflow of an order unless it runs. @throws PipelineError temporal_unavailable */
  start(topic: string, id: string): Promise<void>;
  /** Never throws. */
  read(topic: string, id: string): Promise<OrderReading<State>>;
  /** @throws whatever the Temporal client throws when it cannot be reached */
  send(
    topic: string,
    id: string,
    message: Message,
    note: { reason?: string | undefined; actor: string },
  ): Promise<OrderDelivery<Status>>;
}

interface Kind {
  /** What a person calls it. */
  name: string;
  type: string;
  workflowId: (topic: string, id: string) => string;
}

/** How long Temporal has to answer, and then a worker. */
const CALL_TIMEOUT_MS = 5000;
const ANSWER_TIMEOUT_MS = 1500;

/** Orders as workflows of Temporal; a message is named as its signal and its update are. */
export function createOrderWorkflows<State, Status, Message extends string>(
  client: Client,
  taskQueue: string,
  { name, type, workflowId }: Kind,
): OrderWorkflows<State, Status, Message> {
  const inTime = <T>(ms: number, call: () => Promise<T>) => within(ms, client.withDeadline(Date.now() + ms, call));
  const handleOf = (topic: string, id: string) => client.workflow.getHandle(workflowId(topic, id));
  return {
    async start(topic, id) {
      try {
        await inTime(CALL_TIMEOUT_MS, () =>
          client.workflow.start(type, {
            workflowId: workflowId(topic, id),
            taskQueue,
            args: [{ topic, id }],
            staticSummary: `${name} of topic ${topic}`,
            typedSearchAttributes: searchAttributes({ topic }),
          }),
        );
      } catch (cause) {
        if (cause instanceof WorkflowExecutionAlreadyStartedError) return;
        throw new PipelineError('temporal_unavailable', `the ${name} could not be started`, { cause });
      }
    },
    async read(topic, id) {
      const handle = handleOf(topic, id);
      const [described, answered] = await Promise.allSettled([
        inTime(ANSWER_TIMEOUT_MS, () => handle.describe()),
        inTime(ANSWER_TIMEOUT_MS, () => handle.query<State>(QUERIES.state)),
      ]);
      const state = answered.status === 'fulfilled' ? answered.value : undefined;
      if (described.status === 'fulfilled') return { ...readingOf(described.value), state };
      return { execution: described.reason instanceof WorkflowNotFoundError ? 'missing' : 'unreachable', state };
    },
    async send(topic, id, message, note) {
      const handle = handleOf(topic, id);
      try {
        const update = () => handle.executeUpdate<{ status: Status }, [object]>(message, { args: [note] });
        return { kind: 'answered', status: (await inTime(ANSWER_TIMEOUT_MS, update)).status };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
      }
      try {
        await inTime(CALL_TIMEOUT_MS, () => handle.signal(message, note));
        return { kind: 'left' };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
        throw error;
      }
    },
  };
}

function readingOf({ status, raw }: WorkflowExecutionDescription): Omit<OrderReading<never>, 'state'> {
  const open = isOpenStatus(status.name);
  const failing = raw.pendingActivities?.find(({ lastFailure }) => lastFailure)?.lastFailure;
  return {
    execution: open ? 'open' : 'closed',
    ...(open && failing
      ? { failing: { code: failing.applicationFailureInfo?.type ?? 'worker_lost', message: failing.message ?? '' } }
      : {}),
  };
}
