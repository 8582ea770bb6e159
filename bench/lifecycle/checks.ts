import { randomUUID } from 'node:crypto';
import { AUDIT_WORKFLOW_TYPE, auditWorkflowId, type AuditReport } from '../../src/domain/audit';
import { imbalance } from '../../src/domain/ledger';
import type { TestPipeline } from '../../test/support/pipeline';

const PARTITIONS = 4;
const DRAIN_MS = 300_000;

/** What is wrong once everything that was produced has its fate; empty when the ledger is exact. */
export async function checkLedger(pipeline: TestPipeline, say: (line: string) => void): Promise<string[]> {
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const admin = pipeline.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(pipeline.topic);
  await admin.disconnect();
  const produced = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const ledger = await pipeline.settled(produced, PARTITIONS, DRAIN_MS);
  const documents = await pipeline.countDocuments();
  say(`${produced} produced, ${ledger['indexed']} indexed, ${ledger['duplicate']} duplicate, ${documents} documents`);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const off = imbalance((await pipeline.partitionState(partition)).ledger);
    demand(off === 0, `the ledger of partition ${partition} is off by ${off}`);
  }
  demand(ledger['indexed']! + ledger['duplicate']! === produced, 'not every record is indexed');
  demand(documents === produced, `${produced} produced, ${documents} documents`);
  const audit = (await pipeline.temporal.workflow.execute(AUDIT_WORKFLOW_TYPE, {
    workflowId: auditWorkflowId(pipeline.topic, randomUUID()),
    taskQueue: pipeline.topic,
    args: [{ topic: pipeline.topic }],
  })) as AuditReport;
  say(`audit: ${audit.verdict}, ${audit.counts.documents} documents`);
  demand(audit.verdict === 'clean', `the audit finds ${JSON.stringify(audit.counts)}`);
  return problems;
}
