import type { Client } from '@temporalio/client';
import type { TopicView } from '../activities/ports';
import type { ReplayRuns } from '../activities/replay-ports';
import { createTemporalReplays } from '../api/replays/temporal-replays';
import { readProgress } from './read-progress';
import { createRedriveRuns } from './redrive-runs';

/** What a replay asks Temporal. */
export function createReplayRuns(
  client: Client,
  topics: Pick<TopicView, 'committed'>,
  { groupId, taskQueue }: { groupId: string; taskQueue: string },
): ReplayRuns {
  const redrives = createRedriveRuns(client);
  const replays = createTemporalReplays(client, taskQueue);
  return {
    epoch: (topic) => redrives.epoch(topic),
    async progress(topic, partition) {
      return (await readProgress(client, topics, groupId, { topic, partition })).progress;
    },
    start: (topic, id) => replays.start(topic, id),
  };
}
