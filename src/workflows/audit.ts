import {
  ActivityCancellationType,
  continueAsNew,
  defineQuery,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { AuditActivities } from '../activities/audit-activities';
import type { AuditReport, AuditScope, AuditState } from '../domain/audit';
import { addToReport, emptyReport, roomIn } from '../domain/audit-report';
import { QUERIES } from './contract';

/** Input of the audit workflow, and its argument at continue-as-new. */
export interface AuditInput extends AuditScope {
  topic: string;
  /** What an earlier run leaves to this one. */
  carried?: { left: number[]; total: number; report: AuditReport } | undefined;
}

/** Partitions of one run: its history stays short. */
const PARTITIONS_A_RUN = 200;

const activities = proxyActivities<AuditActivities>({
  startToCloseTimeout: '6h',
  heartbeatTimeout: '10s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});

const stateQuery = defineQuery<AuditState>(QUERIES.state);

/**
 * Holds the ledger of a topic against Elasticsearch, the dead letters and, where there is a hole, Kafka: one partition
 * after the other. It waits for a server that is away, and goes on where it was.
 */
export async function auditTopic(input: AuditInput): Promise<AuditReport> {
  const { topic, partitions, from, to, carried } = input;
  let left = carried?.left ?? partitions ?? [];
  let report = carried?.report ?? emptyReport();
  let total = carried?.total ?? left.length;
  setHandler(stateQuery, () => ({ total, judged: total - left.length, current: left[0], report }));

  if (!carried && !partitions) {
    left = await activities.listAuditPartitions({ topic });
    total = left.length;
  }
  for (let judged = 0; left.length > 0; judged += 1) {
    if (judged === PARTITIONS_A_RUN) {
      await continueAsNew<typeof auditTopic>({ ...input, carried: { left, total, report } });
    }
    const partition = left[0]!;
    const scope = { topic, partition, from, to, room: roomIn(report) };
    const summary = `partition ${partition}`;
    const { audit, names } = await activities.auditPartition.executeWithOptions({ summary }, [scope]);
    report = addToReport(report, { counts: audit.counts, names, partition: audit });
    left = left.slice(1);
  }
  if (partitions || from !== undefined || to !== undefined) return report;
  const strays = await activities.auditStrays({ topic, room: roomIn(report) });
  return addToReport(report, strays);
}
