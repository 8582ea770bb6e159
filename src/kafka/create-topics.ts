import type { Admin, ITopicConfig } from 'kafkajs';

const LIMIT_MS = 30_000;
const PAUSE_MS = 50;
/** A broker that was not told of the topic yet, or not of who leads its partitions. */
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/**
 * Creates topics, leaves those that are there as they are, and waits until the broker knows them and their partitions'
 * leaders. The controller answers before the brokers have heard of a topic: kafkajs, asked to wait for leaders (2.2.4),
 * fails at a broker that has not.
 *
 * @returns true when none of them was there
 * @throws KafkaJSError of the creation, or when a topic stays unknown for half a minute
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<boolean> {
  const created = await admin.createTopics({ waitForLeaders: false, topics });
  const names = topics.map(({ topic }) => topic);
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: names });
      return created;
    } catch (error) {
      if (!NOT_YET.has((error as { type?: string }).type ?? '') || Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
