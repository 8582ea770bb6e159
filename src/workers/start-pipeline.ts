import type { Client } from '@temporalio/client';
import { newerHolds, parseCommitMetadata } from '../activities/restore-progress';
import type { Config } from '../config';
import { searchAttributes } from '../domain/search-attributes';
import type { OffsetReader } from '../kafka/offsets';
import {
  HOLDS_MEMO,
  SIGNALS,
  supervisorWorkflowId,
  WORKFLOW_TYPES,
  type CommitMetadata,
  type Epoch,
  type MirroredHolds,
  type SupervisorInput,
  type WorkerSettings,
} from '../workflows/contract';
import { latestRun } from './latest-run';
import { scheduleRetention } from './schedule-retention';
import { registerSearchAttributes } from './search-attributes';

/** With more than these, other partitions work while one waits for its batch: a window of one gives the same rate for less. */
const FEW_PARTITIONS = 2;

/** Batches of one partition in flight, of a setting that may leave it to the number of partitions. */
export function windowOf(setting: number, partitions: number): number {
  if (setting > 0) return setting;
  return partitions > FEW_PARTITIONS ? 1 : 2;
}

/** What this worker's configuration asks of the pipeline of a topic with so many partitions. */
export function workerSettings(config: Config, rulesHash: string, partitions: number): WorkerSettings {
  const { maxRecords, maxBytes, lingerMs, window, continueAsNewBatches, commitIntervalMs, onGap } = config.pipeline;
  return {
    batch: { maxRecords, maxBytes, lingerMs },
    window: windowOf(window, partitions),
    continueAsNewBatches,
    commitIntervalMs,
    onGap,
    rulesHash,
  };
}

/**
 * Starts the topic's supervisor unless it runs, and hands it this worker's settings: the newest worker decides. A
 * supervisor that starts from nothing goes on with the epoch that the mirrored commits carry, and what an operator has
 * paused stays paused: its last run has noted it, or else the commits tell. The search attributes are registered first: a
 * server whose database was lost knows none.
 */
export async function startPipeline(
  client: Client,
  offsets: OffsetReader,
  config: Config,
  settings: WorkerSettings,
): Promise<void> {
  const { topic, groupId } = config.kafka;
  await registerSearchAttributes(client);
  const commits = [...(await offsets.committed(groupId, topic)).values()].map(({ metadata }) =>
    parseCommitMetadata(metadata),
  );
  const epoch = newestEpoch(commits) ?? { number: 1, rulesHash: settings.rulesHash };
  const last = await latestRun(client, supervisorWorkflowId(topic));
  const { revision, topic: hold } = newerHolds(last?.holds, newestHolds(commits))!;
  const input: SupervisorInput = {
    ...{ topic, settings, epoch, revision, hold, partitions: [] },
    paused: hold?.kind === 'pause',
  };
  await client.workflow.signalWithStart(WORKFLOW_TYPES.supervisor, {
    workflowId: supervisorWorkflowId(topic),
    taskQueue: config.temporal.taskQueue,
    args: [input],
    memo: { [HOLDS_MEMO]: { revision, topic: hold } satisfies MirroredHolds },
    signal: SIGNALS.configure,
    signalArgs: [settings],
    staticSummary: `supervisor of topic ${topic}`,
    typedSearchAttributes: searchAttributes({ topic }),
  });
  await scheduleRetention(client, topic, config.temporal.taskQueue);
}

type Commits = readonly (CommitMetadata | undefined)[];

function newestEpoch(commits: Commits): Epoch | undefined {
  let newest: Epoch | undefined;
  for (const commit of commits) {
    if (commit && commit.epoch.number > (newest?.number ?? 0)) newest = commit.epoch;
  }
  return newest;
}

/** What the partitions were told last. The end of a drain is each partition's own. */
function newestHolds(commits: Commits): MirroredHolds {
  let newest: MirroredHolds = { revision: 0 };
  for (const holds of commits.map((commit) => commit?.holds)) {
    if (holds && holds.revision > newest.revision) newest = holds;
  }
  const { revision, topic } = newest;
  return { revision, topic: topic?.kind === 'drain' ? { ...topic, offset: undefined } : topic };
}
