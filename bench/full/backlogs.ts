import type { Client } from '@elastic/elasticsearch';
import { indexName } from '../../src/domain/ids';
import { prepareIndices } from '../../src/elasticsearch/setup';
import { createKafka } from '../../src/kafka/client';
import { createLogger } from '../../src/logger';
import { fillTopic } from '../backlog';
import type { DrainRun } from '../drain';
import type { BenchServers } from '../servers';

/** A topic that holds a backlog. */
export interface Backlog {
  topic: string;
  partitions: number;
  count: number;
}

export async function makeBacklog(
  servers: BenchServers,
  topic: string,
  partitions: number,
  count: number,
): Promise<Backlog> {
  await fillTopic(servers, topic, partitions, count);
  return { topic, partitions, count };
}

/**
 * An index of our mapping that a backlog can be drained into, whoever drains it.
 *
 * @param name of the run, in words
 */
export async function prepareRun(
  client: Client,
  { topic, count }: Backlog,
  name: string,
  folder: string,
): Promise<DrainRun> {
  const indexPrefix = name.replaceAll(' ', '-');
  await prepareIndices(client, { shards: 1, replicas: 0, refreshIntervalMs: 1000, indexPrefix });
  return {
    ...{ topic, count, indexPrefix },
    index: indexName(indexPrefix, Date.now()),
    logFile: `${folder}/${indexPrefix}.log`,
  };
}

/** Gives back the room of a backlog and of its documents. */
export async function removeRun(servers: BenchServers, client: Client, { index, topic }: DrainRun): Promise<void> {
  await client.indices.delete({ index, ignore_unavailable: true });
  const admin = createKafka({ brokers: [servers.brokers], clientId: 'bench' }, createLogger('bench', 'error')).admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topic] });
  } finally {
    await admin.disconnect();
  }
}
