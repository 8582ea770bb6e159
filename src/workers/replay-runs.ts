import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { TopicView } from '../activities/ports';
import type { ReplayRuns } from '../activities/replay-ports';
import { PipelineError } from '../domain/errors';
import { REPLAY_WORKFLOW, replayWorkflowId, type ReplayInput } from '../domain/replay';
import { searchAttributes } from '../domain/search-attributes';
import { readProgress } from './read-progress';
import { createRedriveRuns } from './redrive-runs';

/** What a replay asks Temporal. */
export function createReplayRuns(
  client: Client,
  topics: Pick<TopicView, 'committed'>,
  { groupId, taskQueue }: { groupId: string; taskQueue: string },
): ReplayRuns {
  const redrives = createRedriveRuns(client);
  return {
    epoch: (topic) => redrives.epoch(topic),
    async progress(topic, partition) {
      return (await readProgress(client, topics, groupId, { topic, partition })).progress;
    },
    async start(topic, id) {
      const input: ReplayInput = { topic, id };
      try {
        await client.workflow.start(REPLAY_WORKFLOW, {
          workflowId: replayWorkflowId(topic, id),
          taskQueue,
          args: [input],
          staticSummary: `replay of topic ${topic}`,
          typedSearchAttributes: searchAttributes({ topic }),
        });
      } catch (cause) {
        if (cause instanceof WorkflowExecutionAlreadyStartedError) return;
        throw new PipelineError('temporal_unavailable', 'the replay could not be started', { cause });
      }
    },
  };
}
