import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { PartitionStarter } from '../activities/starter-ports';
import { PipelineError } from '../domain/errors';
import { searchAttributes, type SearchState } from '../domain/search-attributes';
import { HOLDS_MEMO, partitionWorkflowId, WORKFLOW_TYPES, type PartitionInput } from '../workflows/contract';
import { latestRun } from './latest-run';

/** Starts partition workflows through Temporal's client, as what they will be searched by. */
export function createPartitionStarter(client: Client, taskQueue: string): PartitionStarter {
  const away = (what: string) => (cause: unknown) => {
    throw new PipelineError('temporal_unavailable', what, { cause });
  };
  return {
    latest: (topic, partition) =>
      latestRun(client, partitionWorkflowId(topic, partition)).catch(away('a partition workflow cannot be looked at')),
    async start(input) {
      const { topic, partition, orders, ownHold, topicHold } = input;
      try {
        await client.workflow.start(WORKFLOW_TYPES.partition, {
          workflowId: partitionWorkflowId(topic, partition),
          taskQueue,
          args: [input],
          memo: { [HOLDS_MEMO]: { revision: orders.revision, own: ownHold, topic: topicHold ?? orders.hold } },
          staticSummary: `topic ${topic}, partition ${partition}`,
          typedSearchAttributes: searchAttributes({ topic, partition, state: startsAs(input) }),
        });
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        return away('the partition workflow could not be started')(error);
      }
    },
  };
}

function startsAs({ failure, ownPause, orders }: PartitionInput): SearchState {
  if (failure) return 'halted';
  return ownPause !== undefined || orders.paused ? 'paused' : 'running';
}
