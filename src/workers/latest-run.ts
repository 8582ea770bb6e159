import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { soundHolds } from '../activities/restore-progress';
import type { LatestRun } from '../activities/starter-ports';
import { isOpenStatus } from '../domain/workflow-status';
import { HOLDS_MEMO, type MirroredHolds } from '../workflows/contract';

/** The latest run of a workflow, as Temporal itself tells it: no worker is asked. Throws whatever the client throws. */
export async function latestRun(client: Client, workflowId: string): Promise<LatestRun | undefined> {
  try {
    const { status, memo } = await client.workflow.getHandle(workflowId).describe();
    const holds = soundHolds(memo?.[HOLDS_MEMO] as MirroredHolds | undefined);
    return { running: isOpenStatus(status.name), ...(holds ? { holds } : {}) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
