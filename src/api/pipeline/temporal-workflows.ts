import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { isOpenStatus } from '../../domain/workflow-status';
import { partitionWorkflowId, QUERIES, supervisorWorkflowId, type MessageResult } from '../../workflows/contract';
import type { Delivery, FailingStep, PipelineWorkflows, WorkflowReading } from '../ports';
import { within } from '../within';
import { temporalPause } from './temporal-pause';

/** How long the answer of an update may take: then no worker is there, or none that has time. */
const UPDATE_TIMEOUT_MS = 1500;
/** How long a signal may take. */
const SIGNAL_TIMEOUT_MS = 5000;

const REFUSALS = new Set(['invalid_message', 'unknown_partition', 'not_halted']);

/** Reads and steers the workflows through Temporal. */
export function createTemporalWorkflows(client: Client): PipelineWorkflows {
  /** One deadline for the server and, should the connection hang, for us. */
  function until<T>(deadlineMs: number, call: () => Promise<T>): Promise<T> {
    return within(deadlineMs - Date.now(), client.withDeadline(deadlineMs, call));
  }

  async function read<State>(workflowId: string, deadlineMs: number): Promise<WorkflowReading<State>> {
    const handle = client.workflow.getHandle(workflowId);
    const [described, answered] = await Promise.allSettled([
      until(deadlineMs, () => handle.describe()),
      until(deadlineMs, () => handle.query<State>(QUERIES.state)),
    ]);
    const state = answered.status === 'fulfilled' ? answered.value : undefined;
    if (described.status === 'rejected') {
      if (described.reason instanceof WorkflowNotFoundError) return { execution: 'missing' };
      return state === undefined ? { execution: 'unreachable' } : { execution: 'open', state };
    }
    const { status } = described.value;
    const open = isOpenStatus(status.name);
    return {
      execution: open ? 'open' : 'closed',
      closedAs: open ? undefined : status.name.toLowerCase(),
      state,
      failing: open ? failingStep(described.value) : undefined,
      temporalPause: open ? temporalPause(described.value) : undefined,
    };
  }

  return {
    supervisor: (topic, deadlineMs) => read(supervisorWorkflowId(topic), deadlineMs),
    partition: (topic, partition, deadlineMs) => read(partitionWorkflowId(topic, partition), deadlineMs),
    async send(topic, { name, ...message }) {
      const handle = client.workflow.getHandle(supervisorWorkflowId(topic));
      const update = () => handle.executeUpdate<MessageResult, [object]>(name, { args: [message] });
      try {
        return { kind: 'answered', result: await until(Date.now() + UPDATE_TIMEOUT_MS, update) };
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal) return refusal;
      }
      try {
        await until(Date.now() + SIGNAL_TIMEOUT_MS, () => handle.signal(name, message));
        return { kind: 'left' };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
        throw error;
      }
    },
  };
}

/** What the supervisor itself said; undefined when it did not speak, or is of a version without updates. */
function refusalOf(error: unknown): Delivery | undefined {
  if (error instanceof WorkflowNotFoundError) return { kind: 'missing' };
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !cause.type || !REFUSALS.has(cause.type)) return undefined;
  return { kind: 'refused', code: cause.type, message: cause.message };
}

/** The step that has been tried most often without success. */
function failingStep({ raw }: WorkflowExecutionDescription): FailingStep | undefined {
  const failing = (raw.pendingActivities ?? [])
    .filter(({ attempt, lastFailure }) => (attempt ?? 0) > 1 && lastFailure)
    .sort((a, b) => (b.attempt ?? 0) - (a.attempt ?? 0))[0];
  if (!failing) return undefined;
  const { lastFailure, attempt, lastStartedTime, scheduledTime } = failing;
  const at = lastStartedTime ?? scheduledTime;
  return {
    // Without a type it is no failure of ours: a worker that died, or did not report in time.
    code: lastFailure?.applicationFailureInfo?.type ?? 'worker_lost',
    message: lastFailure?.message ?? '',
    attempt: attempt ?? 0,
    at: new Date(at ? Number(at.seconds) * 1000 + Math.floor((at.nanos ?? 0) / 1e6) : Date.now()).toISOString(),
  };
}
