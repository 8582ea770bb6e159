import { CompressionTypes, Partitioners, type Kafka, type Producer } from 'kafkajs';
import { PipelineError } from '../domain/errors';
import { isTopicMissing, kafkaFailure } from './kafka-errors';

/** A producer of one topic, connected. */
export interface TopicProducer {
  partitions: number;
  /**
   * Sends the values to one partition: that of the key, or else the next one in turn.
   *
   * @returns where the first of them is; `too_large` when Kafka takes no request of this size, and none of them
   * @throws PipelineError kafka_unavailable, kafka_denied or topic_missing; some of them may have arrived
   */
  send: (values: readonly Buffer[]) => Promise<{ partition: number; offset: number } | 'too_large'>;
  close: () => Promise<void>;
}

/** How often a first connection is tried: somebody waits for the answer. */
const CONNECT_RETRIES = 3;
const SEND_RETRIES = 10;

/**
 * Opens an idempotent producer that waits for every replica; the codecs must be registered. One call goes to one partition and so to one broker: with
 * several, kafkajs sends again what one of them has taken when another fails.
 *
 * @throws PipelineError kafka_unavailable, kafka_denied, or topic_missing when there is no such topic, which is not made
 */
export async function openTopicProducer(kafka: Kafka, topic: string, key?: string): Promise<TopicProducer> {
  const partitions = await countPartitions(kafka, topic);
  const byKey = Partitioners.DefaultPartitioner();
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
    retry: { retries: SEND_RETRIES },
    createPartitioner: () => (args) => args.message.partition ?? byKey(args),
  });
  await producer.connect().catch((error: unknown) => {
    throw kafkaFailure(error, 'Kafka does not answer');
  });
  let next = 0;
  return {
    partitions,
    async send(values) {
      const partition = next;
      next = (next + 1) % partitions;
      return sendTo(producer, topic, values, key === undefined ? { partition } : { key });
    },
    close: () => producer.disconnect(),
  };
}

async function countPartitions(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin({ retry: { retries: CONNECT_RETRIES } });
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]!.partitions.length;
  } catch (error) {
    throw failureOf(error, topic);
  } finally {
    await admin.disconnect();
  }
}

async function sendTo(
  producer: Producer,
  topic: string,
  values: readonly Buffer[],
  to: { partition: number } | { key: string },
): Promise<{ partition: number; offset: number } | 'too_large'> {
  try {
    const [answer] = await producer.send({
      topic,
      acks: -1,
      compression: CompressionTypes.LZ4,
      messages: values.map((value) => ({ value, ...to })),
    });
    // kafkajs drops messages for a partition that it does not know, and says nothing.
    if (answer === undefined) throw new PipelineError('topic_missing', `topic ${topic} has lost a partition`);
    return { partition: answer.partition, offset: Number(answer.baseOffset) };
  } catch (error) {
    if (isTooLarge(error)) return 'too_large';
    throw failureOf(error, topic);
  }
}

function failureOf(error: unknown, topic: string): PipelineError {
  if (isTopicMissing(error)) return new PipelineError('topic_missing', `there is no topic ${topic}`, { cause: error });
  return kafkaFailure(error, 'Kafka does not answer');
}

function isTooLarge(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type } = cause as { type?: unknown };
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') return true;
  }
  return false;
}
