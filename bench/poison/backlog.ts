import { CompressionTypes, Partitioners, type Kafka } from 'kafkajs';
import type { KafkaPartition } from '../../chaos/check/compare';
import { documentId } from '../../src/domain/ids';
import { POISON_CORPUS } from '../../test/support/poison-corpus';

/** One record in so many is bad. */
export const BAD_ONE_IN = 5000;

/** Refused for many reasons, in turn. The large ones would cost by their bytes and not by being bad. */
const BAD = POISON_CORPUS.filter(
  ({ value, fate, headers }) =>
    value !== null && value.length < 4096 && fate !== 'indexed' && fate !== 'filtered' && headers === undefined,
).map(({ value }) => Buffer.from(value!));
const GROUP = 2000;

/**
 * Fills a topic of its own with the records of another, in the same partitions and order.
 *
 * @param poisoned puts a bad record in the place of one in each 5,000, at another place in each of them
 * @returns the ids of the bad ones
 */
export async function copyTopic(
  kafka: Kafka,
  from: readonly KafkaPartition[],
  topic: string,
  poisoned: boolean,
): Promise<Set<string>> {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
  await admin
    .createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: from.length, configEntries }] })
    .finally(() => admin.disconnect());
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const bad = new Set<string>();
  let seen = 0;
  for (const { partition, records } of from) {
    const messages = records.map(({ key, value }, offset) => {
      const block = Math.floor(seen / BAD_ONE_IN);
      const isBad = poisoned && seen % BAD_ONE_IN === (block * 1777) % BAD_ONE_IN;
      seen += 1;
      if (!isBad) return { partition, key, value };
      bad.add(documentId({ generation: 1, partition, offset }));
      return { partition, key, value: BAD[block % BAD.length]! };
    });
    for (let at = 0; at < messages.length; at += GROUP) {
      const group = messages.slice(at, at + GROUP);
      await producer.send({ topic, acks: -1, compression: CompressionTypes.LZ4, messages: group });
    }
  }
  await producer.disconnect();
  return bad;
}
