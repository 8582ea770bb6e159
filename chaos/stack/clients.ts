import { Client, Connection } from '@temporalio/client';
import type { Kafka } from 'kafkajs';
import type { PrivateServers } from '../../local/private-servers/private-servers';
import { createKafka } from '../../src/kafka/client';
import { createLogger } from '../../src/logger';
import { partitionWorkflowId, QUERIES, type PartitionState } from '../../src/workflows/contract';

/** Ways to the servers past every proxy. */
export interface DirectClients {
  kafka: Kafka;
  temporal: Client;
  elasticsearchUrl: string;
  /** @throws when no worker answers in 3 s */
  partitionState(topic: string, partition: number): Promise<PartitionState>;
  close(): Promise<void>;
}

const QUERY_LIMIT_MS = 3000;

export function openClients({ ports }: Pick<PrivateServers, 'ports'>): DirectClients {
  const logger = createLogger('chaos', 'silent');
  const connection = Connection.lazy({ address: `127.0.0.1:${ports.temporal}` });
  const temporal = new Client({ connection });
  return {
    kafka: createKafka({ brokers: [`127.0.0.1:${ports.kafka}`], clientId: 'chaos' }, logger),
    temporal,
    elasticsearchUrl: `http://127.0.0.1:${ports.elasticsearch}`,
    partitionState: (topic, partition) =>
      connection.withDeadline(Date.now() + QUERY_LIMIT_MS, () =>
        temporal.workflow.getHandle(partitionWorkflowId(topic, partition)).query<PartitionState>(QUERIES.state),
      ),
    close: () => connection.close(),
  };
}
