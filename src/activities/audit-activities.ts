import { Context } from '@temporalio/activity';
import { PipelineError } from '../domain/errors';
import { noFindings, type AuditCounts, type AuditNames, type NameRoom } from '../domain/audit';
import { addName, noNames } from '../domain/audit-report';
import type { Logger } from '../logger';
import { kafkaAway } from './audit-holes';
import { createAuditPartition } from './audit-partition';
import type { AuditDeps } from './audit-ports';
import { asFailures } from './failures';
import { beat } from './heartbeat';

/** Documents that belong to no partition. */
export interface AuditStrays {
  counts: AuditCounts;
  names: AuditNames;
}

const MAX_STRAYS = 100;

/** The activities of an audit, named as its workflow calls them. Whatever they throw has passed `asFailures`. */
export function createAuditActivities(deps: AuditDeps, logger: Logger) {
  const auditPartition = createAuditPartition(deps);

  async function listAuditPartitions({ topic }: { topic: string }): Promise<number[]> {
    const partitions = await deps.topics.partitions(topic).catch(kafkaAway);
    if (!partitions) throw new PipelineError('topic_missing', `there is no topic ${topic}`, { retryAfterMs: 5000 });
    return partitions;
  }

  /** Documents without an offset, or of a partition that the topic does not have. */
  async function auditStrays({ topic, room }: { topic: string; room: NameRoom }): Promise<AuditStrays> {
    const { cancellationSignal: signal } = Context.current();
    const partitions = await listAuditPartitions({ topic });
    const { total, first } = await deps.index.strays(partitions, MAX_STRAYS, signal);
    const names = noNames();
    for (const { index, id } of first)
      addName(names, 'foreign', { index, id: id.slice(0, 64), reason: 'no_place' }, room);
    return { counts: { ...noFindings(), foreign: total }, names };
  }

  return {
    listAuditPartitions: (input: { topic: string }) =>
      asFailures(logger, 'listAuditPartitions', () => listAuditPartitions(input)),
    auditPartition: (input: Parameters<typeof auditPartition>[0]) =>
      asFailures(logger, 'auditPartition', () => auditPartition(input)),
    auditStrays: (input: Parameters<typeof auditStrays>[0]) =>
      asFailures(logger, 'auditStrays', () => beat(() => auditStrays(input))),
  };
}

export type AuditActivities = ReturnType<typeof createAuditActivities>;
