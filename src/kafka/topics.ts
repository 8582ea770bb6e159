import { ConfigResourceTypes, type Admin, type Kafka } from 'kafkajs';
import { PipelineError } from '../domain/errors';
import { createTopics } from './create-topics';
import { tellDenial } from './kafka-errors';

export interface TopicSettings {
  topic: string;
  deadLetterTopic: string;
  partitions: number;
  replicationFactor: number;
  retentionMs: number;
  retentionBytes: number;
  /** Set when topics with CreateTime are allowed. */
  oldestDay?: string | undefined;
}

const MIB = 1024 * 1024;
/** Dead letters wait for a person: 30 days. */
const DEAD_LETTER_RETENTION_MS = 30 * 24 * 3600 * 1000;
const SEGMENT_BYTES = 64 * MIB;

/**
 * Creates the log topic, with LogAppendTime, and the dead-letter topic where they are missing; safe to repeat. Topics
 * that exist are left as they are.
 *
 * @throws PipelineError create_time_topic when the log topic stamps records with the producer's time and no oldest day
 * is configured: the day's index must not depend on a producer's clock; dead_letter_topic_limit when the dead-letter
 * topic takes no letter of the largest record; kafka_denied
 */
export function prepareTopics(kafka: Kafka, settings: TopicSettings): Promise<void> {
  return tellDenial(prepare(kafka.admin(), settings));
}

async function prepare(admin: Admin, settings: TopicSettings): Promise<void> {
  try {
    await admin.connect();
    await createMissing(admin, settings);
    await demandAppendTime(admin, settings);
    await demandRoomForLetters(admin, settings);
  } finally {
    await admin.disconnect();
  }
}

async function createMissing(admin: Admin, settings: TopicSettings): Promise<void> {
  const existing = await admin.listTopics();
  const maxMessageBytes = await largestMessage(admin, settings.topic, existing.includes(settings.topic));
  const wanted = [
    {
      topic: settings.topic,
      numPartitions: settings.partitions,
      config: {
        'message.timestamp.type': 'LogAppendTime',
        'retention.ms': settings.retentionMs,
        'retention.bytes': settings.retentionBytes,
        // Kafka deletes whole closed segments: small ones keep the retention close to its word.
        'segment.bytes': Math.min(SEGMENT_BYTES, Math.max(MIB, Math.floor(settings.retentionBytes / 4))),
      },
    },
    {
      topic: settings.deadLetterTopic,
      numPartitions: 1,
      // A letter carries its record whole, with headers beside it.
      config: {
        'max.message.bytes': maxMessageBytes + MIB,
        'retention.ms': DEAD_LETTER_RETENTION_MS,
        'retention.bytes': settings.retentionBytes,
        'segment.bytes': SEGMENT_BYTES,
      },
    },
  ].filter(({ topic }) => !existing.includes(topic));
  if (wanted.length === 0) return;
  await createTopics(
    admin,
    wanted.map(({ topic, numPartitions, config }) => ({
      topic,
      numPartitions,
      replicationFactor: settings.replicationFactor,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value: String(value) })),
    })),
  );
}

async function demandAppendTime(admin: Admin, { topic, oldestDay }: TopicSettings): Promise<void> {
  const type = await topicConfig(admin, topic, 'message.timestamp.type');
  if (type !== 'CreateTime' || oldestDay !== undefined) return;
  throw new PipelineError(
    'create_time_topic',
    `topic ${topic} stamps records with the producer's clock; run: kafka-configs.sh --alter --topic ${topic} ` +
      '--add-config message.timestamp.type=LogAppendTime, or set KAFKA_OLDEST_DAY',
  );
}

/** A letter that its topic does not take would hold its batch up for ever. */
async function demandRoomForLetters(admin: Admin, { topic, deadLetterTopic }: TopicSettings): Promise<void> {
  const wanted = (await largestMessage(admin, topic, true)) + MIB;
  const limit = await topicConfig(admin, deadLetterTopic, 'max.message.bytes');
  if (limit === undefined || Number(limit) >= wanted) return;
  throw new PipelineError(
    'dead_letter_topic_limit',
    `topic ${deadLetterTopic} takes messages of ${limit} bytes, and letters of ${topic} may have ${wanted}; run: ` +
      `kafka-configs.sh --alter --topic ${deadLetterTopic} --add-config max.message.bytes=${wanted}`,
  );
}

async function largestMessage(admin: Admin, topic: string, exists: boolean): Promise<number> {
  const KAFKA_DEFAULT = 1_048_588;
  return exists ? Number((await topicConfig(admin, topic, 'max.message.bytes')) ?? KAFKA_DEFAULT) : KAFKA_DEFAULT;
}

async function topicConfig(admin: Admin, topic: string, name: string): Promise<string | undefined> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }],
  });
  return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
}
