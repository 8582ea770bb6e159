import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { PartitionStarter } from '../activities/ports';
import { PipelineError } from '../domain/errors';
import { searchAttributes, type SearchState } from '../domain/search-attributes';
import { partitionWorkflowId, WORKFLOW_TYPES, type PartitionInput } from '../workflows/contract';

/** Starts partition workflows through Temporal's client, as what they will be searched by. */
export function createPartitionStarter(client: Client, taskQueue: string): PartitionStarter {
  return {
    async start(input) {
      const { topic, partition } = input;
      try {
        await client.workflow.start(WORKFLOW_TYPES.partition, {
          workflowId: partitionWorkflowId(topic, partition),
          taskQueue,
          args: [input],
          staticSummary: `topic ${topic}, partition ${partition}`,
          typedSearchAttributes: searchAttributes({ topic, partition, state: startsAs(input) }),
        });
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw new PipelineError('temporal_unavailable', 'the partition workflow could not be started', {
          cause: error,
        });
      }
    },
  };
}

function startsAs({ failure, ownPause, orders }: PartitionInput): SearchState {
  if (failure) return 'halted';
  return ownPause !== undefined || orders.paused ? 'paused' : 'running';
}
