import { randomUUID } from 'node:crypto';
import { AUDIT_WORKFLOW_TYPE, auditWorkflowId, type AuditReport } from '../src/domain/audit';
import { imbalance } from '../src/domain/ledger';
import type { TestPipeline } from '../test/support/pipeline';

/** What is wrong with the ledgers of so many partitions, each by itself and then by an audit; empty when nothing is. */
export async function checkAccount(
  pipeline: TestPipeline,
  partitions: number,
  say: (line: string) => void,
): Promise<string[]> {
  const problems: string[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const off = imbalance((await pipeline.partitionState(partition)).ledger);
    if (off !== 0) problems.push(`the ledger of partition ${partition} is off by ${off}`);
  }
  const audit = (await pipeline.temporal.workflow.execute(AUDIT_WORKFLOW_TYPE, {
    workflowId: auditWorkflowId(pipeline.topic, randomUUID()),
    taskQueue: pipeline.topic,
    args: [{ topic: pipeline.topic }],
  })) as AuditReport;
  say(`audit: ${audit.verdict}, ${audit.counts.documents} documents`);
  if (audit.verdict !== 'clean') problems.push(`the audit finds ${JSON.stringify(audit.counts)}`);
  return problems;
}
