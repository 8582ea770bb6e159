import Decoder from 'kafkajs/src/protocol/decoder';
import Encoder from 'kafkajs/src/protocol/encoder';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import type { Broker, Cluster, ProtocolCall } from './cluster';
import { isTopicMissing } from './kafka-errors';

/** A topic as a broker knows it now. */
export interface TopicDescription {
  /** Another one each time the topic is created, as `kafka-topics.sh --describe` shows it; absent before Kafka 2.8. */
  id: string | undefined;
  /** Ascending. `leader` is -1 while there is none. */
  partitions: { partition: number; leader: number }[];
}

const METADATA = 3;
/** First version that is asked by name and answers with ids in a form that has not changed since (KIP-516, KIP-700). */
const VERSION = 11;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const NO_ERROR = 0;
const LEADER_NOT_AVAILABLE = 5;

/**
 * Asks a broker for one topic; undefined when there is none. kafkajs speaks this request up to version 6, which has no
 * topic ids, so this is the request of version 11, sent over kafkajs's connection. Older brokers are asked kafkajs's way.
 *
 * @throws KafkaJSError
 */
export async function describeTopic(cluster: Cluster, topic: string): Promise<TopicDescription | undefined> {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const newest = broker.versions?.[METADATA]?.maxVersion ?? 0;
  const found = newest >= VERSION ? await describeWithId(broker, topic) : await describeWithoutId(broker, topic);
  found?.partitions.sort((a, b) => a.partition - b.partition);
  return found;
}

async function describeWithoutId(broker: Broker, topic: string): Promise<TopicDescription | undefined> {
  try {
    const { topicMetadata } = await broker.metadata([topic]);
    const partitions = topicMetadata[0]!.partitionMetadata.map(({ partitionId, leader }) => ({
      partition: partitionId,
      leader,
    }));
    return { id: undefined, partitions };
  } catch (error) {
    if (isTopicMissing(error)) return undefined;
    throw error;
  }
}

interface Answer {
  clientSideThrottleTime: number;
  errorCode: number;
  topic: TopicDescription;
}

async function describeWithId(broker: Broker, topic: string): Promise<TopicDescription | undefined> {
  const answer = await broker.connectionPool.send(metadataCall(topic));
  if (answer.errorCode === UNKNOWN_TOPIC_OR_PARTITION) return undefined;
  if (answer.errorCode !== NO_ERROR && answer.errorCode !== LEADER_NOT_AVAILABLE) {
    throw createErrorFromCode(answer.errorCode);
  }
  return answer.topic;
}

/** Metadata request and response, version 11; both have the flexible headers of KIP-482. */
function metadataCall(topic: string): ProtocolCall<Answer> {
  return {
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: async () =>
        new Encoder()
          .writeUVarInt(0) // tags of the header
          .writeUVarInt(1 + 1) // topics: one
          .writeBuffer(Buffer.alloc(16)) // by name, not by id
          .writeUVarIntString(topic)
          .writeUVarInt(0)
          .writeBoolean(false) // allow_auto_topic_creation
          .writeBoolean(false) // include_topic_authorized_operations
          .writeUVarInt(0),
    },
    response: { decode: async (payload) => decodeAnswer(new Decoder(payload)), parse: async (answer) => answer },
  };
}

function decodeAnswer(from: Decoder): Answer {
  skipTags(from);
  const clientSideThrottleTime = from.readInt32();
  from.readUVarIntArray(() => {
    from.readInt32(); // node_id
    from.readUVarIntString(); // host
    from.readInt32(); // port
    from.readUVarIntString(); // rack
    skipTags(from);
  });
  from.readUVarIntString(); // cluster_id
  from.readInt32(); // controller_id
  from.readUVarInt(); // topics: the one asked for
  const errorCode = from.readInt16();
  from.readUVarIntString(); // name
  const id = from.readBytes(16).toString('base64url');
  from.readBoolean(); // is_internal
  const partitions = from.readUVarIntArray(() => {
    from.readInt16(); // error_code
    const partition = from.readInt32();
    const leader = from.readInt32();
    from.readInt32(); // leader_epoch
    // replica_nodes, isr_nodes, offline_replicas
    for (let list = 0; list < 3; list += 1) from.readUVarIntArray(() => from.readInt32());
    skipTags(from);
    return { partition, leader };
  });
  return { clientSideThrottleTime, errorCode, topic: { id, partitions } };
}

function skipTags(from: Decoder): void {
  for (let left = from.readUVarInt(); left > 0; left -= 1) {
    from.readUVarInt();
    from.readBytes(from.readUVarInt());
  }
}
