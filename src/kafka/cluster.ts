import type { Kafka } from 'kafkajs';

/**
 * What kafkajs 2.2.4 knows of a cluster and does not hand out: its admin client asks for every topic that it was ever
 * asked for, fails for all of them when one is deleted, and shows neither topic ids nor both ends of a partition with
 * open transactions.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  brokerPool: { findConnectedBroker(): Promise<Broker> };
  findBroker(one: { nodeId: number }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
}

/** Requests to one broker. They throw KafkaJSProtocolError for an error code in the answer. */
export interface Broker {
  /** Newest version of each request that the broker and kafkajs share, by API key; set once connected. */
  versions: Record<number, { maxVersion: number }> | null;
  connectionPool: { send<T>(call: ProtocolCall<T>): Promise<T> };
  metadata(topics: string[]): Promise<{
    topicMetadata: { topic: string; partitionMetadata: { partitionId: number; leader: number }[] }[];
  }>;
  listOffsets(request: {
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
  offsetFetch(request: { groupId: string; topics: { topic: string; partitions: { partition: number }[] }[] }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string; metadata: string | null }[] }[];
  }>;
}

/** A request and how its answer is read, as kafkajs's own are written. */
export interface ProtocolCall<T> {
  request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> };
  response: { decode(payload: Buffer): Promise<T>; parse(decoded: T): Promise<T> };
}

/** How a client makes the clusters of its consumers and producers, and under which name; undefined in another version of kafkajs. */
export function clusterMaker(kafka: Kafka): { name: symbol; create: (options: object) => Cluster } | undefined {
  const name = Object.getOwnPropertySymbols(kafka).find((one) => one.description === 'private:Kafka:createCluster');
  const create = name && (kafka as unknown as Record<symbol, ((options: object) => Cluster) | undefined>)[name];
  return create && { name, create };
}

/**
 * A connected cluster of its own.
 *
 * @throws KafkaJSError when no broker answers; Error when kafkajs has no such thing: then it is another version, and
 * this file must be looked at again.
 */
export async function openCluster(kafka: Kafka): Promise<Cluster> {
  const maker = clusterMaker(kafka);
  if (!maker) throw new Error('kafkajs does not create clusters any more: src/kafka/cluster.ts fits 2.2.4 only');
  const cluster = maker.create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false });
  try {
    await cluster.connect();
    // Tells it the brokers.
    await cluster.refreshMetadata();
    return cluster;
  } catch (error) {
    await cluster.disconnect().catch(() => undefined);
    throw error;
  }
}

/** Hands out one open cluster; a failed opening is forgotten, so that the next call tries anew. */
export interface ClusterHandle {
  get(): Promise<Cluster>;
  /** Closes what is open; opens nothing. */
  close(): Promise<void>;
}

export function clusterHandle(kafka: Kafka): ClusterHandle {
  let opened: Promise<Cluster> | undefined;
  return {
    get() {
      opened ??= openCluster(kafka).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close() {
      const open = opened;
      opened = undefined;
      await (await open?.catch(() => undefined))?.disconnect();
    },
  };
}
