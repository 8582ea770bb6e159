import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { isOpenStatus } from '../../domain/workflow-status';
import { partitionWorkflowId, QUERIES, supervisorWorkflowId } from '../../workflows/contract';
import type { FailingStep, PipelineWorkflows, WorkflowReading } from '../ports';
import { callUntil, Messenger } from './messenger';
import { temporalPause } from './temporal-pause';

/**
 * Reads and steers the workflows through Temporal.
 *
 * @param partitions that a topic is supposed to have before its supervisor has named them
 */
export function createTemporalWorkflows(client: Client, partitions = 0): PipelineWorkflows {
  const until = <T>(deadlineMs: number, call: () => Promise<T>) => callUntil(client, deadlineMs, call);
  const messenger = new Messenger(client, partitions);

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
    send: (topic, message) => messenger.send(topic, message),
  };
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
