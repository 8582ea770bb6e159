import { Client, Connection } from '@temporalio/client';

/** Events in the histories of all workflows of a task queue, closed runs included. */
export async function countEvents(address: string, taskQueue: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    let events = 0;
    for await (const { workflowId, runId } of workflow.list({ query: `TaskQueue = '${taskQueue}'` })) {
      events += (await workflow.getHandle(workflowId, runId).describe()).historyLength;
    }
    return events;
  } finally {
    await connection.close();
  }
}
