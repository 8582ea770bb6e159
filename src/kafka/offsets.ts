import { KafkaJSError, type Admin, type Kafka } from 'kafkajs';

/** First kept offset of a partition and the one behind its last. */
export interface PartitionEnds {
  low: number;
  high: number;
}

/** A mirrored commit: the next offset, and what the pipeline wrote beside it. */
export interface CommittedOffset {
  offset: string;
  metadata: string;
}

/** Reads a topic's offsets and a group's commits. */
export interface OffsetReader {
  /** Ends of every partition. @throws KafkaJSError when the topic is missing or no broker answers. */
  ends(topic: string): Promise<Map<number, PartitionEnds>>;
  /** Commits of a group; a partition without one is absent. */
  committed(groupId: string, topic: string): Promise<Map<number, CommittedOffset>>;
  /** The topic's partitions, ascending; undefined when there is no such topic. */
  partitions(topic: string): Promise<number[] | undefined>;
  close(): Promise<void>;
}

/** An offset reader over one admin connection, opened at the first question and again after it was lost. */
export function createOffsetReader(kafka: Kafka): OffsetReader {
  const connect = connectOnce(kafka);
  return {
    async ends(topic) {
      const offsets = await (await connect()).fetchTopicOffsets(topic);
      return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
    },
    async committed(groupId, topic) {
      const answer = await (await connect()).fetchOffsets({ groupId, topics: [topic] });
      const partitions = answer.find((one) => one.topic === topic)?.partitions ?? [];
      return new Map(
        partitions
          .filter(({ offset }) => offset !== '-1')
          .map(({ partition, offset, metadata }) => [partition, { offset, metadata: metadata ?? '' }]),
      );
    },
    async partitions(topic) {
      const admin = await connect();
      if (!(await admin.listTopics()).includes(topic)) return undefined;
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]!.partitions.map(({ partitionId }) => partitionId).sort((a, b) => a - b);
    },
    async close() {
      await (await connect()).disconnect();
    },
  };
}

/** A connected admin, the same one for everybody; a failed connection is forgotten, so that the next call tries anew. */
export function connectOnce(kafka: Kafka): () => Promise<Admin> {
  let connected: Promise<Admin> | undefined;
  return () => {
    connected ??= (async () => {
      const admin = kafka.admin({ retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 } });
      await admin.connect();
      return admin;
    })().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
}

/** True when a broker answered that it knows no such topic. */
export function isTopicMissing(error: unknown): boolean {
  if (!(error instanceof KafkaJSError)) return false;
  const { type } = error as KafkaJSError & { type?: string };
  return type === 'UNKNOWN_TOPIC_OR_PARTITION' || isTopicMissing(error.cause);
}
