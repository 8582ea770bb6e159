import type { Client } from '@temporalio/client';
import type { Accounts } from '../activities/audit-ports';
import type { TopicView } from '../activities/ports';
import { readProgress } from './read-progress';

/** Reads accounts from the partition workflows; from the group's commits where one is gone or does not answer. */
export function createAccounts(client: Client, topics: Pick<TopicView, 'committed'>, groupId: string): Accounts {
  return {
    async read(topic, partition) {
      const { source, progress } = await readProgress(client, topics, groupId, { topic, partition });
      const { generation, ledger, closed = [] } = progress;
      return { source, generation, ledger, closed };
    },
  };
}
