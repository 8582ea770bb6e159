import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config';
import { createKafka } from '../kafka/client';
import { createOffsetReader } from '../kafka/offsets';
import type { Logger } from '../logger';
import { createKafkaSender } from './kafka-sender';
import { createLogStream } from './log-stream';
import { createOutageLog } from './outage-log';
import { startReports } from './report';
import { run } from './run';
import { incidents, parseScenarios } from './scenarios';
import type { Sender } from './sender';
import { waitForTopic } from './topic';

/** How often a change of the topic's partitions is looked for. */
const PARTITIONS_INTERVAL_MS = 60_000;
/** Below the 10 s after which `docker stop` kills. */
const FLUSH_TIMEOUT_MS = 8000;

/** Logs were taken but not acknowledged when the process had to end: they may or may not be in the topic. */
export class UnacknowledgedError extends Error {
  override readonly name = 'UnacknowledgedError';
}

/**
 * Produces logs as configured until the count is reached or `signal` comes, then sends what it holds. Resolves when all
 * is acknowledged, with how many that are. While Kafka is away or the topic is missing it waits, and goes on by itself.
 *
 * @throws UnacknowledgedError when Kafka does not take the rest within 8 s.
 */
export async function generate(config: Config, logger: Logger, signal: AbortSignal): Promise<number> {
  const { rate, seed, count } = config.generator;
  const { topic } = config.kafka;
  const plan = parseScenarios(config.generator.scenarios);
  const kafka = createKafka({ ...config.kafka, clientId: 'sluice-generator' }, quiet(logger));
  const reader = createOffsetReader(kafka);
  const countPartitions = async () => (await reader.partitions(topic))?.length;
  const now = () => performance.now();
  const partitions = await waitForTopic({ countPartitions, sleep, now, logger, signal });
  if (partitions === undefined) return 0;

  const outage = createOutageLog(logger, now);
  const sender = createKafkaSender({ ...config.generator, kafka, topic, partitions, countPartitions, outage });
  const startTime = Date.now();
  const stream = createLogStream({ seed, startTime, rate, plan });
  let skippedMs = 0;
  const stopReports = startReports({ sender, outage, logger, skippedMs: () => skippedMs });
  const refresh = setInterval(() => {
    countPartitions().then(
      (found) => found !== undefined && sender.setPartitions(found),
      (error: unknown) => logger.debug({ err: error }, 'could not read the partitions'),
    );
  }, PARTITIONS_INTERVAL_MS);
  const groundTruth = incidents(plan, plan.cycleMs ?? Infinity);
  logger.info(
    { topic, partitions, seed, rate, count, startTime, cycleMs: plan.cycleMs, incidents: groundTruth },
    'producing',
  );
  try {
    await run({ stream, sender, rate, count, signal, now, sleep, onSkipped: (ms) => (skippedMs += ms) });
    await flush(sender);
  } finally {
    stopReports();
    clearInterval(refresh);
  }
  await Promise.all([sender.close(), reader.close()]);
  return sender.acknowledged;
}

async function flush(sender: Sender): Promise<void> {
  const giveUp = new AbortController();
  const timeout = sleep(FLUSH_TIMEOUT_MS, undefined, { signal: giveUp.signal }).then(() => {
    throw new UnacknowledgedError(`${sender.unacknowledged} logs were not acknowledged within ${FLUSH_TIMEOUT_MS} ms`);
  });
  try {
    await Promise.race([sender.flush(), timeout]);
  } finally {
    timeout.catch(() => {});
    giveUp.abort();
  }
}

/** Every lane would tell of the same outage in kafkajs's words; the outage log tells it once. */
function quiet(logger: Logger): Logger {
  return logger.child({}, { level: logger.isLevelEnabled('debug') ? 'debug' : 'silent' });
}
