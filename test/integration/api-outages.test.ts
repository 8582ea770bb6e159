import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { projectRoot } from '../../local/project';
import { freePorts } from '../../local/system/ports';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { busiest, generateLogs } from '../api/generated-logs';
import { deleteIndices } from '../support/delete-indices';
import { ElasticsearchProxy } from '../support/elasticsearch-proxy';
import { waitFor } from '../support/wait-for';

jest.setTimeout(120_000);

const target = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;
const prefix = `outages-${randomUUID()}`;
const documents = generateLogs(300, prefix);
const { id } = documents[0]!;
const SEARCHES = [
  '/logs',
  '/logs/anomalies?group=rule',
  '/logs/stats',
  '/logs/histogram?split=service',
  '/logs/facets',
];
const ROUTES = [...SEARCHES, `/requests/${busiest}`, `/logs/${id}`, `/logs/${id}/context?by=service`];
const QUERY_TIMEOUT_MS = 1000;

const proxy = new ElasticsearchProxy(target);
let elasticsearch: Client;
let api: ChildProcess;
let url: string;

/** The API as a process: Elasticsearch stands behind a proxy, and neither Temporal nor Kafka is anywhere. */
beforeAll(async () => {
  elasticsearch = createElasticsearch({ url: target, requestTimeoutMs: 30_000 });
  const template = logTemplate({ indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  const operations = documents.flatMap(({ id: _id, index, log }) => [{ index: { _index: index, _id } }, log]);
  await elasticsearch.bulk({ operations, refresh: true });
  const [port] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  api = spawn(process.execPath, ['--require', 'tsx/cjs', join('src', 'api', 'main.ts')], {
    cwd: projectRoot(),
    stdio: 'ignore',
    env: {
      ...process.env,
      ...{ API_PORT: String(port), INDEX_PREFIX: prefix, ELASTICSEARCH_URL: await proxy.open() },
      ...{ TEMPORAL_ADDRESS: '127.0.0.1:1', KAFKA_BROKERS: '127.0.0.1:1' },
      ...{ API_QUERY_TIMEOUT_MS: String(QUERY_TIMEOUT_MS), API_RATE_LIMIT: '0', LOG_LEVEL: 'error' },
    },
  });
  await waitFor(async () => (await fetch(`${url}/health/live`).catch(() => undefined))?.ok === true, 90_000);
});

afterAll(async () => {
  api.kill();
  if (api.exitCode === null) await once(api, 'exit');
  await proxy.close();
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

afterEach(() => {
  proxy.fate = () => 'passed';
  proxy.intercept = () => undefined;
});

interface Seen {
  status: number;
  retryAfter: string | null;
  body: Record<string, unknown>;
}

async function get(path: string): Promise<Seen> {
  const answer = await fetch(url + path);
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body };
}

describe('every query', () => {
  it.each(ROUTES)('%s is answered while Temporal and Kafka are down', async (path) => {
    expect(await get(path)).toMatchObject({ status: 200 });
  });

  const refusal = (status: number, type: string) => () => ({ status, body: { error: { type, reason: 'no' }, status } });

  it.each<[string, string, () => void]>([
    ['is away', 'elasticsearch_unavailable', () => (proxy.fate = () => 'cut')],
    ['takes a search and falls silent', 'elasticsearch_unavailable', () => (proxy.fate = () => 'swallowed')],
    [
      'has no shard to ask',
      'elasticsearch_unavailable',
      () => (proxy.intercept = refusal(503, 'search_phase_execution_exception')),
    ],
    [
      'is overloaded',
      'elasticsearch_throttled',
      () => (proxy.intercept = refusal(429, 'es_rejected_execution_exception')),
    ],
    ['refuses access', 'elasticsearch_denied', () => (proxy.intercept = refusal(403, 'security_exception'))],
  ])('is 503 with Retry-After while Elasticsearch %s, and 200 afterwards', async (_, code, befall) => {
    befall();
    const answers = await Promise.all(ROUTES.map(get));
    const seen = answers.map(({ status, retryAfter, body }) => [status, retryAfter, body['code']]);
    expect(seen).toEqual(ROUTES.map(() => [503, '5', code]));
    proxy.fate = () => 'passed';
    proxy.intercept = () => undefined;
    for (const { status } of await Promise.all(ROUTES.map(get))) expect(status).toBe(200);
  });

  it('goes on at its cursor when Elasticsearch has come back', async () => {
    const { body: first } = await get('/logs?size=100&cursor=*');
    const next = `/logs?size=100&cursor=${String(first['next_cursor'])}`;
    proxy.fate = () => 'cut';
    expect(await get(next)).toMatchObject({ status: 503, retryAfter: '5' });
    proxy.fate = () => 'passed';
    const { status, body } = await get(next);
    expect(status).toBe(200);
    const ids = [first, body].flatMap(({ logs }) => (logs as { id: string }[]).map((log) => log.id));
    expect(new Set(ids).size).toBe(200);
  });
});

describe('a query that one shard cannot answer', () => {
  const broken = `${prefix}-2026.11.25`;

  beforeAll(async () => {
    // Nothing sorts or counts by text.
    const text = { type: 'text' } as const;
    await elasticsearch.indices.create({
      index: broken,
      mappings: { properties: { '@timestamp': text, level: text, service: text, request_id: { type: 'keyword' } } },
    });
    const { log } = documents[0]!;
    const document = { ...log, request_id: busiest, anomaly: { ...log.anomaly, is_anomaly: true } };
    await elasticsearch.index({ index: broken, id: '01-0009-0000000000000001', document, refresh: true });
  });

  it.each([...SEARCHES, `/requests/${busiest}`])(
    '%s has what the others know, and says that it is partial',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBe(200);
      expect(body).toMatchObject({ partial: true, total: { relation: 'gte' } });
      expect((body['total'] as { value: number }).value).toBeGreaterThan(0);
    },
  );

  it('has no cursor after a partial page, which could leave out what the shard has', async () => {
    expect((await get('/logs?size=10')).body['next_cursor']).toBeNull();
  });
});
