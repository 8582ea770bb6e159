import {
  ScheduleNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import {
  RETENTION_WORKFLOW,
  retentionScheduleId,
  retentionWorkflowId,
  type RetentionReport,
} from '../../domain/expiry';
import { searchAttributes } from '../../domain/search-attributes';
import { isOpenStatus } from '../../domain/workflow-status';
import { within } from '../within';
import type { RetentionRuns } from './ports';

const CALL_TIMEOUT_MS = 5000;

/** Retention's schedule and runs in Temporal. */
export function createTemporalRetention(client: Client, taskQueue: string): RetentionRuns {
  const inTime = <T>(call: () => Promise<T>) =>
    within(CALL_TIMEOUT_MS, client.withDeadline(Date.now() + CALL_TIMEOUT_MS, call));
  return {
    async schedule(topic) {
      try {
        const handle = client.schedule.getHandle(retentionScheduleId(topic));
        const { state, info } = await inTime(() => handle.describe());
        return {
          paused: state.paused,
          note: state.note,
          nextRunAt: state.paused ? undefined : info.nextActionTimes[0]?.toISOString(),
          runs: info.recentActions
            .map(({ action, takenAt }) => ({ workflowId: action.workflow.workflowId, at: takenAt.toISOString() }))
            .reverse(),
        };
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return undefined;
        throw error;
      }
    },
    async start(topic, id, dryRun) {
      try {
        await inTime(() =>
          client.workflow.start(RETENTION_WORKFLOW, {
            workflowId: retentionWorkflowId(topic, id),
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            taskQueue,
            args: [{ topic, dryRun }],
            staticSummary: `retention of topic ${topic}${dryRun ? ', dry run' : ''}`,
            typedSearchAttributes: searchAttributes({ topic }),
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    async read(topic, id) {
      const handle = client.workflow.getHandle(retentionWorkflowId(topic, id));
      try {
        const { status, startTime, closeTime } = await inTime(() => handle.describe());
        const times = { startedAt: startTime.toISOString(), endedAt: closeTime?.toISOString() };
        if (isOpenStatus(status.name)) return { ...times, status: 'running' };
        if (status.name !== 'COMPLETED') {
          const failed = status.name === 'FAILED' || status.name === 'TIMED_OUT';
          return { ...times, status: failed ? 'failed' : 'cancelled' };
        }
        return { ...times, status: 'done', report: (await inTime(() => handle.result())) as RetentionReport };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
  };
}
