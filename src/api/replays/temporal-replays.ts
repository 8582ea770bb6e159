import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { PipelineError } from '../../domain/errors';
import {
  REPLAY_MESSAGES,
  REPLAY_WORKFLOW,
  replayWorkflowId,
  type ReplayInput,
  type ReplayState,
  type ReplayStatus,
} from '../../domain/replay';
import { searchAttributes } from '../../domain/search-attributes';
import { isOpenStatus } from '../../domain/workflow-status';
import { QUERIES } from '../../workflows/contract';
import { within } from '../within';
import type { ReplayReading, ReplayWorkflows } from './ports';

/** How long Temporal has to answer, and then a worker. */
const CALL_TIMEOUT_MS = 5000;
const ANSWER_TIMEOUT_MS = 1500;

/** Replays as workflows of Temporal. */
export function createTemporalReplays(client: Client, taskQueue: string): ReplayWorkflows {
  const inTime = <T>(ms: number, call: () => Promise<T>) => within(ms, client.withDeadline(Date.now() + ms, call));
  const handleOf = (topic: string, id: string) => client.workflow.getHandle(replayWorkflowId(topic, id));
  return {
    async start(topic, id) {
      const input: ReplayInput = { topic, id };
      try {
        await inTime(CALL_TIMEOUT_MS, () =>
          client.workflow.start(REPLAY_WORKFLOW, {
            workflowId: replayWorkflowId(topic, id),
            taskQueue,
            args: [input],
            staticSummary: `replay of topic ${topic}`,
            typedSearchAttributes: searchAttributes({ topic }),
          }),
        );
      } catch (cause) {
        if (cause instanceof WorkflowExecutionAlreadyStartedError) return;
        throw new PipelineError('temporal_unavailable', 'the replay could not be started', { cause });
      }
    },
    async read(topic, id) {
      const handle = handleOf(topic, id);
      const [described, answered] = await Promise.allSettled([
        inTime(ANSWER_TIMEOUT_MS, () => handle.describe()),
        inTime(ANSWER_TIMEOUT_MS, () => handle.query<ReplayState>(QUERIES.state)),
      ]);
      const state = answered.status === 'fulfilled' ? answered.value : undefined;
      if (described.status === 'fulfilled') return { ...readingOf(described.value), state };
      return { execution: described.reason instanceof WorkflowNotFoundError ? 'missing' : 'unreachable', state };
    },
    async send(topic, id, message, note) {
      const handle = handleOf(topic, id);
      const name = REPLAY_MESSAGES[message];
      try {
        const update = () => handle.executeUpdate<{ status: ReplayStatus }, [object]>(name, { args: [note] });
        return { kind: 'answered', status: (await inTime(ANSWER_TIMEOUT_MS, update)).status };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
      }
      try {
        await inTime(CALL_TIMEOUT_MS, () => handle.signal(name, note));
        return { kind: 'left' };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
        throw error;
      }
    },
  };
}

function readingOf({ status, raw }: WorkflowExecutionDescription): ReplayReading {
  const open = isOpenStatus(status.name);
  const failing = raw.pendingActivities?.find(({ lastFailure }) => lastFailure)?.lastFailure;
  return {
    execution: open ? 'open' : 'closed',
    ...(open && failing
      ? { failing: { code: failing.applicationFailureInfo?.type ?? 'worker_lost', message: failing.message ?? '' } }
      : {}),
  };
}
