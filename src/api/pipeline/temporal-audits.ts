import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { AUDIT_WORKFLOW_TYPE, auditWorkflowId, type AuditReport, type AuditState } from '../../domain/audit';
import { searchAttributes } from '../../domain/search-attributes';
import { isOpenStatus } from '../../domain/workflow-status';
import { QUERIES } from '../../workflows/contract';
import type { AuditReading, Audits } from '../ports';
import { within } from '../within';

/** How long Temporal has to answer, and then a worker to a query. */
const CALL_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 1500;

/** Audits as workflows of Temporal. */
export function createTemporalAudits(client: Client, taskQueue: string): Audits {
  const inTime = <T>(ms: number, call: () => Promise<T>) => within(ms, client.withDeadline(Date.now() + ms, call));
  return {
    async start(topic, id, scope) {
      await inTime(CALL_TIMEOUT_MS, () =>
        client.workflow.start(AUDIT_WORKFLOW_TYPE, {
          workflowId: auditWorkflowId(topic, id),
          taskQueue,
          args: [{ topic, ...scope }],
          staticSummary: `audit of topic ${topic}`,
          typedSearchAttributes: searchAttributes({ topic }),
        }),
      );
    },
    async read(topic, id) {
      const handle = client.workflow.getHandle(auditWorkflowId(topic, id));
      try {
        const described = await inTime(CALL_TIMEOUT_MS, () => handle.describe());
        const reading = readingOf(described);
        if (reading.status === 'done') {
          return { ...reading, report: (await inTime(CALL_TIMEOUT_MS, () => handle.result())) as AuditReport };
        }
        const ask = () => handle.query<AuditState>(QUERIES.state);
        return { ...reading, state: await inTime(QUERY_TIMEOUT_MS, ask).catch(() => undefined) };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
  };
}

function readingOf({ status, startTime, closeTime, raw }: WorkflowExecutionDescription): AuditReading {
  const step = raw.pendingActivities?.[0];
  const open = isOpenStatus(status.name);
  const failing = step?.lastFailure;
  return {
    status: open ? 'running' : status.name === 'COMPLETED' ? 'done' : status.name === 'FAILED' ? 'failed' : 'cancelled',
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString(),
    currentShare: shareOf(step?.heartbeatDetails?.payloads?.[0]),
    ...(failing
      ? { failing: { code: failing.applicationFailureInfo?.type ?? 'worker_lost', message: failing.message ?? '' } }
      : {}),
  };
}

/** How far the current partition is, by the last heartbeat of its step. */
function shareOf(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | undefined): number | undefined {
  if (!payload) return undefined;
  const details = defaultPayloadConverter.fromPayload<{ from?: number; to?: number; cursor?: number } | null>(payload);
  const { from, to, cursor } = details ?? {};
  if (from === undefined || to === undefined || cursor === undefined) return undefined;
  return to > from ? Math.min(1, (cursor - from) / (to - from)) : 1;
}
