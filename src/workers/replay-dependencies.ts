import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Client } from '@temporalio/client';
import type { Kafka } from 'kafkajs';
import type { ReplayCensus, ReplayRuns, ReplaySource, ReplayStore, StoredVerdicts } from '../activities/replay-ports';
import type { Config } from '../config';
import { createReplayCensus, createStoredVerdicts } from '../elasticsearch/replay-census';
import { createReplayStore } from '../elasticsearch/replay-store';
import { createBatchReader } from '../kafka/batch-reader';
import type { OffsetReader } from '../kafka/offsets';
import { createReplaySource } from '../kafka/replay-source';
import type { Logger } from '../logger';
import type { Shutdown } from '../shutdown';
import { createReplayRuns } from './replay-runs';

/** What replays add to a worker. */
export interface ReplayDependencies {
  replayStore: ReplayStore;
  replayRuns: ReplayRuns;
  replayCensus: ReplayCensus;
  replayTopic: OffsetReader;
  replaySource: ReplaySource;
  verdicts: StoredVerdicts;
}

/** A reader of their own, which connects when a replay first reads, and what they keep, count and ask. */
export function openReplayDependencies(
  config: Config,
  clients: { kafka: Kafka; topics: OffsetReader; elasticsearch: Elasticsearch; client: Client },
  logger: Logger,
  shutdown: Shutdown,
): ReplayDependencies {
  const { kafka, topics, elasticsearch, client } = clients;
  const reader = createBatchReader(kafka, topics, config.kafka, logger);
  shutdown.onClose('kafka replay reader', () => reader.close());
  const { indexPrefix } = config.elasticsearch;
  return {
    replayStore: createReplayStore(elasticsearch, { indexPrefix }),
    replayRuns: createReplayRuns(client, topics, {
      groupId: config.kafka.groupId,
      taskQueue: config.temporal.taskQueue,
    }),
    replayCensus: createReplayCensus(elasticsearch, { indexPrefix }),
    replayTopic: topics,
    replaySource: createReplaySource(reader),
    verdicts: createStoredVerdicts(elasticsearch, { indexPrefix, oldestDay: config.kafka.oldestDay }),
  };
}
