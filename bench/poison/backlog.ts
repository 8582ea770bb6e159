import { CompressionTypes, Partitioners, type Kafka } from 'kafkajs';
import type { KafkaPartition } from '../../chaos/check/compare';
import { documentId } from '../../src/domain/ids';
import { createTopics } from '../../src/kafka/create-topics';
import { POISON_CORPUS } from '../../test/support/poison-corpus';

/** Refused for many reasons, in turn. The large ones would cost by their bytes and not by being bad. */
const BAD = POISON_CORPUS.filter(
  ({ value, fate, headers }) =>
    value !== null && value.length < 4096 && fate !== 'indexed' && fate !== 'filtered' && headers === undefined,
).map(({ value }) => Buffer.from(value!));
const GROUP = 2000;

/**
 * Fills a topic of its own with the records of another, in the same partitions and order.
 *
 * @param badOneIn puts a bad record in the place of one in so many, at another place in each of them; none when absent
 * @returns the ids of the bad ones
 */
export async function copyTopic(
  kafka: Kafka,
  from: readonly KafkaPartition[],
  topic: string,
  badOneIn: number | undefined,
): Promise<Set<string>> {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
  await createTopics(admin, [{ topic, numPartitions: from.length, configEntries }]).finally(() => admin.disconnect());
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const bad = new Set<string>();
  let seen = 0;
  for (const { partition, records } of from) {
    const messages = records.map(({ key, value }, offset) => {
      const block = badOneIn === undefined ? 0 : Math.floor(seen / badOneIn);
      const isBad = badOneIn !== undefined && seen % badOneIn === (block * 1777) % badOneIn;
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
