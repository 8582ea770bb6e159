import type { Client } from '@temporalio/client';
import { parseCommitMetadata } from '../activities/restore-progress';
import type { Config } from '../config';
import { searchAttributes } from '../domain/search-attributes';
import type { OffsetReader } from '../kafka/offsets';
import {
  SIGNALS,
  supervisorWorkflowId,
  WORKFLOW_TYPES,
  type Epoch,
  type SupervisorInput,
  type WorkerSettings,
} from '../workflows/contract';
import { scheduleRetention } from './schedule-retention';
import { registerSearchAttributes } from './search-attributes';

/** What this worker's configuration asks of the pipeline. */
export function workerSettings(config: Config, rulesHash: string): WorkerSettings {
  const { maxRecords, maxBytes, lingerMs, window, continueAsNewBatches, commitIntervalMs, onGap } = config.pipeline;
  return {
    batch: { maxRecords, maxBytes, lingerMs },
    window,
    continueAsNewBatches,
    commitIntervalMs,
    onGap,
    rulesHash,
  };
}

/**
 * Starts the topic's supervisor unless it runs, and hands it this worker's settings: the newest worker decides. A
 * supervisor that starts from nothing goes on with the epoch that the mirrored commits carry. The search attributes are
 * registered first: a server whose database was lost knows none.
 */
export async function startPipeline(
  client: Client,
  offsets: OffsetReader,
  config: Config,
  settings: WorkerSettings,
): Promise<void> {
  const { topic, groupId } = config.kafka;
  await registerSearchAttributes(client);
  const epoch = newestEpoch(await offsets.committed(groupId, topic)) ?? { number: 1, rulesHash: settings.rulesHash };
  const input: SupervisorInput = { topic, settings, epoch, revision: 0, paused: false, partitions: [] };
  await client.workflow.signalWithStart(WORKFLOW_TYPES.supervisor, {
    workflowId: supervisorWorkflowId(topic),
    taskQueue: config.temporal.taskQueue,
    args: [input],
    signal: SIGNALS.configure,
    signalArgs: [settings],
    staticSummary: `supervisor of topic ${topic}`,
    typedSearchAttributes: searchAttributes({ topic }),
  });
  await scheduleRetention(client, topic, config.temporal.taskQueue);
}

function newestEpoch(commits: Map<number, { metadata: string }>): Epoch | undefined {
  let newest: Epoch | undefined;
  for (const { metadata } of commits.values()) {
    const epoch = parseCommitMetadata(metadata)?.epoch;
    if (epoch && epoch.number > (newest?.number ?? 0)) newest = epoch;
  }
  return newest;
}
