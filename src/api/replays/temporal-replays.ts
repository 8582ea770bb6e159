import type { Client } from '@temporalio/client';
import { REPLAY_WORKFLOW, replayWorkflowId } from '../../domain/replay';
import { createOrderWorkflows } from '../pipeline/order-workflows';
import type { ReplayWorkflows } from './ports';

/** Replays as workflows of Temporal. */
export function createTemporalReplays(client: Client, taskQueue: string): ReplayWorkflows {
  const kind = { name: 'replay', type: REPLAY_WORKFLOW, workflowId: replayWorkflowId };
  return createOrderWorkflows(client, taskQueue, kind);
}
