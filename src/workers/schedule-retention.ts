import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { RETENTION_WORKFLOW, retentionScheduleId, retentionWorkflowId } from '../domain/expiry';
import { searchAttributes } from '../domain/search-attributes';

const TIMEOUT_MS = 5000;

/**
 * Sees to it that the topic's retention runs every hour: a Temporal Schedule `retention/<topic>`. One that is there takes
 * on what this version asks for; whether it is paused stays the operators' decision.
 */
export async function scheduleRetention(client: Client, topic: string, taskQueue: string): Promise<void> {
  const scheduleId = retentionScheduleId(topic);
  const wanted = {
    spec: { intervals: [{ every: '1h' as const }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: RETENTION_WORKFLOW,
      workflowId: retentionWorkflowId(topic, 'hourly'),
      taskQueue,
      args: [{ topic }],
      workflowRunTimeout: '1h' as const,
      typedSearchAttributes: searchAttributes({ topic }),
      staticSummary: `retention of topic ${topic}`,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h' as const },
    typedSearchAttributes: searchAttributes({ topic }),
  };
  await client.withDeadline(Date.now() + TIMEOUT_MS, async () => {
    try {
      await client.schedule.create({ scheduleId, ...wanted });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(scheduleId).update(({ state }) => ({
        ...wanted,
        state: { paused: state.paused, ...(state.note === undefined ? {} : { note: state.note }) },
      }));
    }
  });
}
