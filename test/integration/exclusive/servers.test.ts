import { Kafka, logLevel } from 'kafkajs';
import { createTopics } from '../../../src/kafka/create-topics';
import { killServer, readPids, SERVER_NAMES, startServer, type TestServers } from '../../support/servers';
import { waitFor } from '../../support/wait-for';

const { folder } = JSON.parse(process.env['SLUICE_TEST_SERVERS']!) as TestServers;
const elasticsearch = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;

function openKafka() {
  const brokers = [process.env['SLUICE_TEST_KAFKA_BROKERS']!];
  return new Kafka({ clientId: 'servers-test', brokers, logLevel: logLevel.NOTHING });
}

describe('the real servers', () => {
  test('each one, killed with -9 and started again, serves under a new pid', async () => {
    const before = readPids(folder);
    await Promise.all(SERVER_NAMES.map((name) => killServer(name)));
    await Promise.all(SERVER_NAMES.map((name) => startServer(name)));
    const after = readPids(folder);
    for (const name of SERVER_NAMES) expect(after[name]!.pid).not.toBe(before[name]!.pid);
  }, 180_000);

  test('Elasticsearch, killed with -9 after a write, still has the document', async () => {
    const document = `${elasticsearch}/servers-test/_doc/1`;
    const written = await fetch(`${document}?refresh=true`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"kept":true}',
    });
    expect(written.status).toBe(201);
    await killServer('elasticsearch');
    await startServer('elasticsearch');
    const read = (await (await fetch(document)).json()) as { _source: unknown };
    expect(read._source).toEqual({ kept: true });
    await fetch(`${elasticsearch}/servers-test`, { method: 'DELETE' });
  }, 120_000);

  test('Kafka, killed with -9 after a write, still has the message', async () => {
    const topic = 'servers-test';
    let kafka = openKafka();
    const admin = kafka.admin();
    await admin.connect();
    await createTopics(admin, [{ topic, numPartitions: 1 }]);
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'kept' }] });
    await Promise.all([admin.disconnect(), producer.disconnect()]);

    await killServer('kafka');
    await startServer('kafka');

    kafka = openKafka();
    const again = kafka.admin();
    await again.connect();
    // It answers before it leads its partitions again.
    const offsets = await waitFor(() => again.fetchTopicOffsets(topic));
    await again.deleteTopics({ topics: [topic] });
    await again.disconnect();
    expect(offsets).toEqual([expect.objectContaining({ partition: 0, high: '1' })]);
  }, 120_000);

  test('Kafka, asked to write to a topic that does not exist, refuses and does not create it', async () => {
    const kafka = openKafka();
    const producer = kafka.producer({ allowAutoTopicCreation: true, retry: { retries: 1 } });
    const admin = kafka.admin();
    await Promise.all([producer.connect(), admin.connect()]);
    const write = producer.send({ topic: 'never-created', messages: [{ value: 'lost' }] });
    await expect(write).rejects.toThrow();
    expect(await admin.listTopics()).not.toContain('never-created');
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  });
});
