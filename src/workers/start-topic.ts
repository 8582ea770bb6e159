import { reportDrift } from '../activities/report-drift';
import { openLetterIndex, prepareIndices } from '../elasticsearch/setup';
import { prepareTopics } from '../kafka/topics';
import type { Logger } from '../logger';
import { PipelineError } from '../domain/errors';
import { checkTemporalTls, withTemporalAdvice } from '../temporal-security';
import type { WorkerClients } from './open-clients';
import { startPipeline, workerSettings } from './start-pipeline';
import type { TopicRuntime } from './topic-runtime';

const RETRY_MS = 2000;

/** Whether the process is to end. */
export type IsStopping = () => boolean;

/**
 * Makes a topic ready, and starts its pipeline: topics in Kafka, templates in Elasticsearch, the supervisor. Waits for
 * servers that do not answer.
 *
 * @throws PipelineError for what a person must mend
 */
export async function startTopic(
  runtime: TopicRuntime,
  clients: WorkerClients,
  logger: Logger,
  isStopping: IsStopping,
): Promise<void> {
  const { config, activityDeps, deadLetters } = runtime.current;
  await untilDone(logger, 'prepare topics', isStopping, () => prepareTopics(clients.kafka, config.kafka));
  await untilDone(logger, 'prepare indices', isStopping, () =>
    prepareIndices(clients.elasticsearch, config.elasticsearch),
  );
  if (isStopping()) return;
  await Promise.all([
    reportDrift(activityDeps.templateDrift, logger),
    activityDeps.pace.restore(),
    deadLetters.open(),
    openLetterIndex(clients.elasticsearch, config.elasticsearch.indexPrefix, Date.now()),
  ]);
  await untilDone(logger, 'start pipeline', isStopping, () => tellPipeline(runtime, clients));
}

/** Starts the topic's supervisor unless it runs, and tells it the configuration in force. */
export async function tellPipeline({ current }: TopicRuntime, { client, topics }: WorkerClients): Promise<void> {
  const { config, rulesHash } = current;
  const { topic, partitions: wanted } = config.kafka;
  // Of a topic that is gone a supervisor must be told all the same.
  const partitions = await topics.ends(topic).then(
    ({ size }) => size,
    () => wanted,
  );
  await startPipeline(client, topics, config, workerSettings(config, rulesHash, partitions)).catch(
    async (error: unknown) => {
      if (error instanceof PipelineError) throw error;
      await checkTemporalTls(config.temporal);
      throw withTemporalAdvice(error);
    },
  );
}

/** Tries a step until it works: servers may come up in any order. What a person must mend is thrown. */
export async function untilDone<T>(
  logger: Logger,
  step: string,
  isStopping: IsStopping,
  run: () => Promise<T>,
): Promise<T | undefined> {
  while (!isStopping()) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof PipelineError && error.verdict === 'halt') throw error;
      logger.warn({ step, reason: (error as Error).message }, 'not ready, trying again');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  return undefined;
}
