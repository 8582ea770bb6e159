import { Client, Connection } from '@temporalio/client';
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Kafka } from 'kafkajs';
import type { Config } from '../config';
import { createElasticsearch } from '../elasticsearch/client';
import { createKafka } from '../kafka/client';
import { registerCodecs } from '../kafka/codecs';
import { createOffsetReader, type OffsetReader } from '../kafka/offsets';
import type { Logger } from '../logger';
import type { Shutdown } from '../shutdown';
import { temporalConnection } from '../temporal-security';

/** The clients of one worker process, which all its topics share. */
export interface WorkerClients {
  kafka: Kafka;
  elasticsearch: Elasticsearch;
  /** For logs that are handed on as they are stored. */
  logSearch: Elasticsearch;
  /** Temporal's. */
  client: Client;
  topics: OffsetReader;
}

/** Opens them; nothing connects before it is asked for. They close with `shutdown`. */
export async function openClients(
  config: Config,
  queue: string,
  logger: Logger,
  shutdown: Shutdown,
): Promise<WorkerClients> {
  await registerCodecs();
  const kafka = createKafka({ ...config.kafka, clientId: queue }, logger);
  const elasticsearch = createElasticsearch(config.elasticsearch);
  shutdown.onClose('elasticsearch', () => elasticsearch.close());
  const logSearch = createElasticsearch({ ...config.elasticsearch, deferSources: true });
  shutdown.onClose('log search', () => logSearch.close());
  const connection = Connection.lazy(temporalConnection(config.temporal));
  shutdown.onClose('temporal client', () => connection.close());
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const topics = createOffsetReader(kafka);
  shutdown.onClose('kafka admin', () => topics.close());
  return { kafka, elasticsearch, logSearch, client, topics };
}
