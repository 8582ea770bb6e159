import type { Kafka } from 'kafkajs';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { clusterHandle, type Cluster } from './cluster';
import { describeTopic, type TopicDescription } from './describe-topic';
import { tellDenial } from './kafka-errors';

/** Where a partition begins and ends now. */
export interface PartitionEnds {
  /** First kept offset. */
  low: number;
  /** The last stable offset: what an open transaction has written from here on is not handed out yet. */
  stable: number;
  /** The high watermark: the offset behind the last record. */
  high: number;
}

/** A mirrored commit: the next offset, and what the pipeline wrote beside it. */
export interface CommittedOffset {
  offset: string;
  metadata: string;
}

/** A topic's id, absent where the broker is older than Kafka 2.8, and its partitions, ascending. */
export interface TopicIdentity {
  id?: string;
  partitions: number[];
}

/**
 * Reads a topic's offsets and a group's commits. Every call throws KafkaJSError when no broker answers, and PipelineError
 * kafka_denied where the login, a right or a certificate is the reason.
 */
export interface OffsetReader {
  /** Undefined when there is no such topic. */
  describe(topic: string): Promise<TopicIdentity | undefined>;
  /** Ends of every partition. @throws KafkaJSError, also when the topic is missing: see `isTopicMissing`. */
  ends(topic: string): Promise<Map<number, PartitionEnds>>;
  /** By partition, the first offset of this Kafka time or later; the end where there is none. Milliseconds since the epoch. */
  offsetsAt(topic: string, timestampMs: number): Promise<Map<number, number>>;
  /** Commits of a group; a partition without one is absent. Kafka forgets a topic's commits when it is deleted. */
  committed(groupId: string, topic: string): Promise<Map<number, CommittedOffset>>;
  /** The topic's partitions, ascending; undefined when there is no such topic. */
  partitions(topic: string): Promise<number[] | undefined>;
  close(): Promise<void>;
}

const EARLIEST = -2;
const LATEST = -1;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const UNKNOWN_TOPIC_OR_PARTITION = 3;

/** An offset reader over one connection per broker, opened at the first question and again after it was lost. */
export function createOffsetReader(kafka: Kafka): OffsetReader {
  const handle = clusterHandle(kafka);
  const describe = async (topic: string): Promise<TopicIdentity | undefined> => {
    const found = await describeTopic(await handle.get(), topic);
    if (!found) return undefined;
    const partitions = found.partitions.map(({ partition }) => partition);
    return found.id === undefined ? { partitions } : { id: found.id, partitions };
  };
  const reader: OffsetReader = {
    describe,
    async ends(topic) {
      const cluster = await handle.get();
      const found = await describeTopic(cluster, topic);
      if (!found) throw createErrorFromCode(UNKNOWN_TOPIC_OR_PARTITION);
      const ask = (timestamp: number, isolation: number) => listOffsets(cluster, topic, found, timestamp, isolation);
      // The high watermark last: it only grows, so none of the others lies behind it.
      const low = await ask(EARLIEST, READ_UNCOMMITTED);
      const stable = await ask(LATEST, READ_COMMITTED);
      const high = await ask(LATEST, READ_UNCOMMITTED);
      return new Map(
        [...high].map(([partition, end]) => [
          partition,
          { low: low.get(partition) ?? 0, stable: stable.get(partition) ?? end, high: end },
        ]),
      );
    },
    async offsetsAt(topic, timestampMs) {
      const cluster = await handle.get();
      const found = await describeTopic(cluster, topic);
      if (!found) throw createErrorFromCode(UNKNOWN_TOPIC_OR_PARTITION);
      // Negative times are the broker's words for the ends.
      const at = await listOffsets(cluster, topic, found, Math.max(0, timestampMs), READ_UNCOMMITTED);
      const ends = await listOffsets(cluster, topic, found, LATEST, READ_UNCOMMITTED);
      return new Map(
        [...at].map(([partition, offset]) => [partition, offset < 0 ? (ends.get(partition) ?? 0) : offset]),
      );
    },
    async committed(groupId, topic) {
      const cluster = await handle.get();
      const partitions = (await describe(topic))?.partitions ?? [];
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      const asked = [{ topic, partitions: partitions.map((partition) => ({ partition })) }];
      const { responses } = await coordinator.offsetFetch({ groupId, topics: asked });
      const commits = responses.find((one) => one.topic === topic)?.partitions ?? [];
      return new Map(
        commits
          .filter(({ offset }) => offset !== '-1')
          .map(({ partition, offset, metadata }) => [partition, { offset, metadata: metadata ?? '' }]),
      );
    },
    partitions: async (topic) => (await describe(topic))?.partitions,
    close: () => handle.close(),
  };
  return {
    describe: (topic) => tellDenial(reader.describe(topic)),
    ends: (topic) => tellDenial(reader.ends(topic)),
    offsetsAt: (topic, timestampMs) => tellDenial(reader.offsetsAt(topic, timestampMs)),
    committed: (groupId, topic) => tellDenial(reader.committed(groupId, topic)),
    partitions: (topic) => tellDenial(reader.partitions(topic)),
    close: () => handle.close(),
  };
}

async function listOffsets(
  cluster: Cluster,
  topic: string,
  { partitions }: TopicDescription,
  timestamp: number,
  isolationLevel: number,
): Promise<Map<number, number>> {
  const leaders = new Set(partitions.map(({ leader }) => leader));
  const answers = await Promise.all(
    [...leaders].map(async (nodeId) => {
      const led = partitions.filter(({ leader }) => leader === nodeId);
      const asked = led.map(({ partition }) => ({ partition, timestamp }));
      const broker = await cluster.findBroker({ nodeId });
      return broker.listOffsets({ isolationLevel, topics: [{ topic, partitions: asked }] });
    }),
  );
  return new Map(
    answers
      .flatMap(({ responses }) => responses.flatMap((one) => one.partitions))
      .map(({ partition, offset }) => [partition, Number(offset)]),
  );
}
