import { AssignerProtocol, type Consumer, type Kafka, type PartitionAssigner } from 'kafkajs';
import type { Logger } from '../logger';
import { kafkaFailure } from './kafka-errors';

/** Kafka's default limit, `offset.metadata.max.bytes`. */
export const MAX_METADATA_BYTES = 4096;

/** Mirrors progress to a consumer group, so that the usual lag tools see it. */
export interface OffsetMirror {
  /**
   * Commits the next offset of a partition, with metadata of at most 4,096 bytes.
   *
   * @throws PipelineError kafka_unavailable
   */
  commit(partition: number, offset: string, metadata: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The leader gives every partition to every member of its topic, which the group protocol allows. So any worker can commit
 * for any partition, whoever else lives or dies; nobody reads through this group. Members of several topics may be in it:
 * of a topic that the leader does not have it knows no partitions, and none are needed to commit.
 */
const everythingToEveryone: PartitionAssigner = ({ cluster }) => ({
  name: 'sluice-all',
  version: 1,
  async assign({ members }) {
    const partitionsOf = (topic: string) =>
      cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    return members.map(({ memberId, memberMetadata }) => {
      const { topics = [] } = AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? {};
      const assignment = Object.fromEntries(topics.map((topic) => [topic, partitionsOf(topic)]));
      const memberAssignment = AssignerProtocol.MemberAssignment.encode({ version: 1, assignment, userData: NO_DATA });
      return { memberId, memberAssignment };
    });
  },
  protocol: ({ topics }) => ({
    name: 'sluice-all',
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: NO_DATA }),
  }),
});
const NO_DATA = Buffer.alloc(0);

/** A member of the group that reads nothing and commits. It joins at the first commit and again after it was lost. */
export function createOffsetMirror(
  kafka: Kafka,
  settings: { groupId: string; topic: string },
  logger: Logger,
): OffsetMirror {
  const { groupId, topic } = settings;
  let joined: Promise<Consumer> | undefined;

  async function join(): Promise<Consumer> {
    const consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: 6000,
      heartbeatInterval: 1500,
      maxWaitTimeInMs: 1000,
      metadataMaxAge: 10_000,
      // A member that is lost is given up: a restart of kafkajs's own could not be called off.
      retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 1000, restartOnFailure: async () => false },
      partitionAssigners: [everythingToEveryone],
    });
    consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause([{ topic }]));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) forget();
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic });
      await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
      return consumer;
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  function forget(): void {
    const lost = joined;
    joined = undefined;
    void lost?.then((consumer) => consumer.disconnect()).catch(() => undefined);
  }

  return {
    async commit(partition, offset, metadata) {
      if (Buffer.byteLength(metadata) > MAX_METADATA_BYTES)
        throw new RangeError(`metadata over ${MAX_METADATA_BYTES} bytes`);
      try {
        joined ??= join();
        await (await joined).commitOffsets([{ topic, partition, offset, metadata }]);
      } catch (error) {
        logger.debug({ err: error }, 'mirror commit failed, joining anew');
        forget();
        throw kafkaFailure(error, 'the progress could not be mirrored');
      }
    },
    async close() {
      const open = joined;
      joined = undefined;
      await (await open?.catch(() => undefined))?.disconnect();
    },
  };
}
