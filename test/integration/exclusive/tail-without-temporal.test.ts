import { startApi } from '../../support/api-process';
import { TestPipeline } from '../../support/pipeline';
import { startServer, stopServer } from '../../support/servers';
import { TailClient } from '../../support/tail-client';
import { waitFor } from '../../support/wait-for';

const PARTITIONS = 2;
const pipeline = new TestPipeline({ COMMIT_INTERVAL_MS: '200' });
afterAll(() => pipeline.close(), 60_000);

function logs(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    partition: at % PARTITIONS,
    value: JSON.stringify({
      timestamp: new Date().toISOString(),
      service: 'auth',
      level: 'info',
      message: `log ${at}`,
    }),
  }));
}

/** Whether the commits in Kafka, which the tail reads instead, tell of all that was indexed. */
async function isMirrored(total: number): Promise<boolean> {
  const admin = pipeline.kafka.admin();
  await admin.connect();
  const [topic] = await admin.fetchOffsets({ groupId: pipeline.topic, topics: [pipeline.topic] });
  await admin.disconnect();
  return topic!.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0) === total;
}

test('streams go on while Temporal is stopped, new ones begin, and what comes in later is in all of them', async () => {
  await pipeline.createTopic(PARTITIONS);
  pipeline.startWorker();
  await pipeline.produce(logs(100));
  await pipeline.settled(100, PARTITIONS);
  await waitFor(() => isMirrored(100));
  const api = await startApi(pipeline.env);
  const before = new TailClient(`${api.url}/logs/stream?after=0,0`);
  const beforeEnded = before.connect();
  await waitFor(async () => before.ids.length === 100, 60_000);

  await stopServer('temporal');
  const meanwhile = new TailClient(`${api.url}/logs/stream?after=0,0`);
  const meanwhileEnded = meanwhile.connect();
  await waitFor(async () => meanwhile.ids.length === 100, 60_000);
  expect(meanwhile.named('state').at(-1)!.data).toEqual({ state: 'live' });
  expect((await fetch(`${api.url}/logs?size=1`)).status).toBe(200);
  await pipeline.produce(logs(60));
  // Beyond a heartbeat: the connections are kept.
  const at = before.lastId;
  await waitFor(async () => (await fetch(`${api.url}/health`)).status === 503, 30_000);
  expect([before.ids.length, meanwhile.ids.length, before.lastId]).toEqual([100, 100, at]);

  await startServer('temporal');
  await waitFor(async () => before.ids.length === 160 && meanwhile.ids.length === 160, 120_000);
  for (const client of [before, meanwhile]) {
    expect(new Set(client.ids).size).toBe(160);
    expect(client.connections).toBe(1);
    for (const name of ['incomplete', 'missing', 'dropped', 'end']) expect(client.named(name)).toEqual([]);
    client.leave();
  }
  await Promise.all([beforeEnded, meanwhileEnded]);
  expect((await api.stop()).code).toBe(0);
}, 300_000);
