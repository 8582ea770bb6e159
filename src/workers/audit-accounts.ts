import type { Client } from '@temporalio/client';
import type { Account, Accounts } from '../activities/audit-ports';
import type { TopicView } from '../activities/ports';
import { parseCommitMetadata } from '../activities/restore-progress';
import { PipelineError } from '../domain/errors';
import type { ClosedLedger } from '../domain/ledger';
import { partitionWorkflowId, QUERIES, type PartitionProgress } from '../workflows/contract';

/** How long a workflow has to answer before its mirrored commit is asked. */
const QUERY_TIMEOUT_MS = 10_000;

type Progress = PartitionProgress & { closed?: ClosedLedger[] | undefined };

/** Reads accounts from the partition workflows; from the group's commits where one is gone or does not answer. */
export function createAccounts(client: Client, topics: Pick<TopicView, 'committed'>, groupId: string): Accounts {
  return {
    async read(topic, partition) {
      try {
        const handle = client.workflow.getHandle(partitionWorkflowId(topic, partition));
        const deadline = Date.now() + QUERY_TIMEOUT_MS;
        return account('workflow', await client.withDeadline(deadline, () => handle.query<Progress>(QUERIES.state)));
      } catch (cause) {
        const commit = await topics.committed(groupId, topic).then(
          (commits) => commits.get(partition),
          () => undefined,
        );
        const kept = commit && parseCommitMetadata(commit.metadata);
        if (kept) return account('commit', kept.progress);
        const what = `neither workflow nor commit tells the account of partition ${partition}`;
        throw new PipelineError('temporal_unavailable', what, { cause });
      }
    },
  };
}

function account(source: Account['source'], { generation, ledger, closed = [] }: Progress): Account {
  return { source, generation, ledger, closed };
}
