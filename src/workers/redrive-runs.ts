import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { RedriveRuns } from '../activities/redrive-ports';
import { PipelineError } from '../domain/errors';
import { redriveWorkflowId } from '../domain/redrive';
import { isOpenStatus } from '../domain/workflow-status';
import { QUERIES, supervisorWorkflowId, type SupervisorState } from '../workflows/contract';

/** What a redrive asks Temporal. */
export function createRedriveRuns(client: Client): RedriveRuns {
  return {
    async isRunning(operation) {
      try {
        const { status } = await client.workflow.getHandle(redriveWorkflowId(operation)).describe();
        return isOpenStatus(status.name);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw new PipelineError('temporal_unavailable', 'another redrive cannot be looked at', { cause: error });
      }
    },
    async epoch(topic) {
      try {
        const handle = client.workflow.getHandle(supervisorWorkflowId(topic));
        return (await handle.query<SupervisorState>(QUERIES.state)).epoch;
      } catch (error) {
        throw new PipelineError('temporal_unavailable', 'the supervisor does not say its epoch', { cause: error });
      }
    },
  };
}
