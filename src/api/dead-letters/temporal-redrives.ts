import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { REDRIVE_WORKFLOW, redriveWorkflowId } from '../../domain/redrive';
import { searchAttributes } from '../../domain/search-attributes';
import { isOpenStatus } from '../../domain/workflow-status';
import { within } from '../within';
import type { RedriveWorkflows } from './ports';

const CALL_TIMEOUT_MS = 5000;

/** Redrives as workflows of Temporal. */
export function createTemporalRedrives(client: Client, taskQueue: string): RedriveWorkflows {
  const inTime = <T>(call: () => Promise<T>) =>
    within(CALL_TIMEOUT_MS, client.withDeadline(Date.now() + CALL_TIMEOUT_MS, call));
  return {
    async start(topic, operation) {
      await inTime(() =>
        client.workflow.start(REDRIVE_WORKFLOW, {
          workflowId: redriveWorkflowId(operation),
          taskQueue,
          args: [{ topic, operation }],
          staticSummary: `redrive of dead letters of topic ${topic}`,
          typedSearchAttributes: searchAttributes({ topic }),
        }),
      );
    },
    async status(operation) {
      try {
        const { status } = await inTime(() => client.workflow.getHandle(redriveWorkflowId(operation)).describe());
        if (isOpenStatus(status.name)) return 'running';
        if (status.name === 'COMPLETED') return 'done';
        return status.name === 'FAILED' || status.name === 'TIMED_OUT' ? 'failed' : 'cancelled';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'not_started';
        throw error;
      }
    },
    async cancel(operation) {
      try {
        await inTime(() => client.workflow.getHandle(redriveWorkflowId(operation)).cancel());
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}
