import { randomUUID } from 'node:crypto';
import { Agent, get } from 'node:http';
import type { Client } from '@elastic/elasticsearch';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { generateLogs } from '../api/generated-logs';
import { startApi, type ApiProcess } from '../support/api-process';
import { deleteIndices } from '../support/delete-indices';
import { waitFor } from '../support/wait-for';

jest.setTimeout(180_000);

const target = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;
const prefix = `leaving-${randomUUID()}`;
const DOCUMENTS = 20_000;
const BULK = 10_000;
/** More at a time than Elasticsearch has threads for: most wait for their turn there. */
const REQUESTS = 200;
/** Under way in Elasticsearch when the clients leave. */
const UNDER_WAY = 20;
let elasticsearch: Client;
let api: ApiProcess;

beforeAll(async () => {
  elasticsearch = createElasticsearch({ url: target, requestTimeoutMs: 30_000 });
  const template = logTemplate({ indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  const documents = generateLogs(DOCUMENTS, prefix);
  for (let at = 0; at < DOCUMENTS; at += BULK) {
    const operations = documents
      .slice(at, at + BULK)
      .flatMap(({ id: _id, index, log }) => [{ index: { _index: index, _id } }, log]);
    expect((await elasticsearch.bulk({ operations, refresh: true })).errors).toBe(false);
  }
  api = await startApi({
    ...process.env,
    ...{ ELASTICSEARCH_URL: target, INDEX_PREFIX: prefix, API_RATE_LIMIT: '0', API_HEAVY_AT_ONCE: '0' },
    // Whatever else the machine does.
    API_QUERY_TIMEOUT_MS: '120000',
    ...{ TEMPORAL_ADDRESS: '127.0.0.1:1', KAFKA_BROKERS: '127.0.0.1:1' },
  });
});

afterAll(async () => {
  await api?.stop();
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

/** Our searches that Elasticsearch has in hand. */
async function searchTasks(): Promise<number> {
  const { nodes = {} } = await elasticsearch.tasks.list({ actions: 'indices:data/read/search*', detailed: true });
  const tasks = Object.values(nodes).flatMap((node) => Object.values(node.tasks));
  return tasks.filter(({ description }) => description?.includes(prefix)).length;
}

/** How often a shard has carried a search of ours to its end. */
async function searched(): Promise<number> {
  const { _all } = await elasticsearch.indices.stats({ index: `${prefix}-*`, metric: 'search' });
  return _all.total!.search!.query_total;
}

/** Figures that take a while, each about other logs, so that no answer is kept for the next. */
function address(round: number, at: number): string {
  const facets = 'service,level,severity,status_code,error_code,user_id,path,method,tag,rule';
  return `/logs/facets?facets=${facets}&size=100&q=response_time_ms:>=0.${round}${at}+OR+conn*+OR+time*+OR+-re*`;
}

/** Sends them all; the statuses of those that were answered, once all are or have left. */
function send(round: number, agent: Agent) {
  const answered: number[] = [];
  const requests = Array.from({ length: REQUESTS }, (_, at) => get(api.url + address(round, at), { agent }));
  const ends = requests.map(
    (request) =>
      new Promise<void>((resolve) => {
        request.on('error', () => resolve());
        request.on('response', (answer) => {
          answer.resume().on('end', () => {
            answered.push(answer.statusCode!);
            resolve();
          });
          answer.on('error', () => resolve());
        });
      }),
  );
  return {
    leave: () => requests.forEach((request) => request.destroy()),
    over: Promise.all(ends).then(() => answered),
  };
}

it('cancels in Elasticsearch what clients asked who have left, and answers others', async () => {
  const agent = new Agent({ maxSockets: Infinity });
  const before = await searched();
  expect(await send(1, agent).over).toEqual(Array(REQUESTS).fill(200));
  const whole = (await searched()) - before;
  expect(whole).toBeGreaterThanOrEqual(REQUESTS);

  const { leave, over } = send(2, agent);
  while ((await searchTasks()) < UNDER_WAY);
  leave();
  const answered = await over;
  await waitFor(async () => (await searchTasks()) === 0, 30_000);
  const cut = (await searched()) - before - whole;
  expect(answered.length).toBeLessThan(REQUESTS / 2);
  expect(cut).toBeLessThan(whole / 2);
  expect((await fetch(`${api.url}/logs/stats`)).status).toBe(200);
  agent.destroy();
});
