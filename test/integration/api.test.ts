import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Client } from '@elastic/elasticsearch';
import supertest from 'supertest';
import type { LogFilter, LogSearch } from '../../src/api/ports';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { createLogSearch } from '../../src/elasticsearch/search';
import { checkElasticsearch } from '../../src/elasticsearch/search-health';
import { createTestApp } from '../api/fakes';
import { GENERATED_UNTIL, generateLogs } from '../api/generated-logs';
import { createMemoryLogSearch } from '../api/memory-log-search';

const HOUR = 3_600_000;
const prefix = `api-${randomUUID()}`;
const documents = generateLogs(2000, prefix);
const indices = [...new Set(documents.map(({ index }) => index))];
const memory = createMemoryLogSearch(documents);
let elasticsearch: Client;
let logs: LogSearch;

beforeAll(async () => {
  elasticsearch = createElasticsearch({ url: process.env['SLUICE_TEST_ELASTICSEARCH_URL']!, requestTimeoutMs: 30_000 });
  const template = logTemplate({ indexPrefix: prefix, shards: 2, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  const operations = documents.flatMap(({ id, index, log }) => [{ index: { _index: index, _id: id } }, log]);
  const { errors } = await elasticsearch.bulk({ operations, refresh: true });
  expect(errors).toBe(false);
  logs = createLogSearch(elasticsearch, { indexPrefix: prefix, queryTimeoutMs: 10_000 });
}, 60_000);

afterAll(async () => {
  await elasticsearch.indices.delete({ index: indices, ignore_unavailable: true });
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

const filters: [string, LogFilter][] = [
  ['nothing', {}],
  ['services', { services: ['auth', 'payment'] }],
  ['a service that does not exist', { services: ['nobody'] }],
  ['levels', { levels: ['error', 'fatal'] }],
  ['severities', { severities: ['critical', 'none'] }],
  ['status codes and classes', { status: { codes: [404, 201], classes: [5] } }],
  ['a status class', { status: { codes: [], classes: [3] } }],
  ['anomalies', { anomaly: true }],
  ['all but anomalies', { anomaly: false }],
  ['a request', { requestId: 'req-7' }],
  ['a word', { text: 'timeout' }],
  ['two words', { text: 'timeout refused' }],
  ['a phrase', { text: '"connection refused"' }],
  ['a word and not another', { text: 'payment -cache' }],
  ['a start', { fromMs: GENERATED_UNTIL - 5 * HOUR }],
  ['an end', { toMs: GENERATED_UNTIL - 5 * HOUR }],
  ['a range', { fromMs: GENERATED_UNTIL - 20 * HOUR, toMs: GENERATED_UNTIL - 19 * HOUR }],
  ['an empty range', { fromMs: GENERATED_UNTIL, toMs: GENERATED_UNTIL }],
  ['a lowest score', { minScore: 75 }],
  [
    'everything at once',
    {
      services: ['auth', 'user'],
      levels: ['info', 'error'],
      status: { codes: [], classes: [2, 4, 5] },
      anomaly: true,
      text: 'user',
      fromMs: GENERATED_UNTIL - 24 * HOUR,
      toMs: GENERATED_UNTIL,
    },
  ],
];

describe('the log search on Elasticsearch, against the plain one', () => {
  it.each(filters)('finds the same logs in the same order by %s', async (_, filter) => {
    const request = { filter, page: 1, size: 1000 };
    const [found, expected] = await Promise.all([logs.search(request), memory.search(request)]);
    expect(found.total).toEqual(expected.total);
    expect(found.logs).toEqual(expected.logs);
    expect(found.partial).toBe(false);
  });

  it('gives each of many logs with equal times on exactly one page', async () => {
    const ids: string[] = [];
    for (let page = 1; page <= 20; page += 1) {
      ids.push(...(await logs.search({ filter: {}, page, size: 100 })).logs.map(({ id }) => id));
    }
    expect(ids).toEqual((await memory.search({ filter: {}, page: 1, size: 2000 })).logs.map(({ id }) => id));
  });

  it.each(filters)('finds the same anomalies by %s', async (_, filter) => {
    const request = { filter, page: 1, size: 500 };
    const [found, expected] = await Promise.all([logs.anomalies(request), memory.anomalies(request)]);
    expect(found).toEqual({ ...expected, tookMs: expect.any(Number) });
  });

  it.each(filters)('counts the same by %s', async (_, filter) => {
    const request = { filter, intervalMs: HOUR, nowMs: 0 };
    const [found, expected] = await Promise.all([logs.stats(request), memory.stats(request)]);
    const { responseTimeMs, ...counts } = expected;
    expect(found).toMatchObject({ ...counts, tookMs: expect.any(Number) });
    expect(found.histogram.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(expected.total.value);
    // The percentiles are estimates, the better the more values there are.
    if (expected.total.value < 100) return;
    for (const name of ['p50', 'p95', 'p99'] as const) {
      expect(Math.abs(found.responseTimeMs[name]! - responseTimeMs[name]!)).toBeLessThan(0.05 * 5000);
    }
  });

  it('chooses a bucket width that fits when none is asked for', async () => {
    const { histogram } = await logs.stats({ filter: {}, nowMs: GENERATED_UNTIL });
    expect(histogram).toMatchObject({ intervalMs: 30 * 60_000 });
    expect(histogram.buckets.length).toBeLessThanOrEqual(120);
    expect(histogram.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(2000);
  });

  it('refuses a bucket width that gives too many', async () => {
    const filter = { fromMs: GENERATED_UNTIL - 24 * HOUR, toMs: GENERATED_UNTIL };
    await expect(logs.stats({ filter, intervalMs: 1000, nowMs: GENERATED_UNTIL })).rejects.toThrow(RangeError);
  });

  it.each([
    'time*',
    '*out',
    '/.*/',
    'message:timeout',
    'timeout~2',
    '(((',
    '"',
    '-',
    '\\',
    'AND OR NOT',
    '{"match_all":{}}',
    '💥',
  ])('takes the text %p as words: no wildcard, field or expression is run', async (text) => {
    const { total } = await logs.search({ filter: { text }, page: 1, size: 1 });
    // `message:timeout` is two words, of which the first never occurs; `timeout~2` likewise.
    expect(total.value).toBe(0);
  });

  it('finds everything by a star alone, which costs nothing', async () => {
    const { total } = await logs.search({ filter: { text: '*' }, page: 1, size: 1 });
    expect(total.value).toBe(2000);
  });

  it('answers empty lists when there is no index', async () => {
    const empty = createLogSearch(elasticsearch, { indexPrefix: `none-${prefix}`, queryTimeoutMs: 1000 });
    expect(await empty.search({ filter: {}, page: 1, size: 10 })).toMatchObject({
      total: { value: 0, relation: 'eq' },
      logs: [],
    });
    expect(await empty.anomalies({ filter: {}, page: 1, size: 10 })).toMatchObject({
      byRule: [],
      bySeverity: { high: 0 },
    });
    expect(await empty.stats({ filter: {}, nowMs: 0 })).toMatchObject({ services: [], histogram: { buckets: [] } });
  });

  it('ends when the caller goes away', async () => {
    await expect(logs.search({ filter: {}, page: 1, size: 10 }, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it('says elasticsearch_unavailable when nothing listens', async () => {
    const client = createElasticsearch({ url: 'http://127.0.0.1:1', requestTimeoutMs: 1000 });
    const down = createLogSearch(client, { indexPrefix: prefix, queryTimeoutMs: 1000 });
    await expect(down.search({ filter: {}, page: 1, size: 1 })).rejects.toMatchObject({
      code: 'elasticsearch_unavailable',
    });
    await expect(checkElasticsearch(client, 1000)).rejects.toThrow(/ECONNREFUSED/);
    await client.close();
  });

  it('is healthy by the health of the cluster', async () => {
    await expect(checkElasticsearch(elasticsearch, 5000)).resolves.toMatch(/is (green|yellow), 1 node/);
  });
});

describe('the API over Elasticsearch', () => {
  let server: Server;
  beforeAll(() => {
    server = createTestApp({ logs }).listen(0, '127.0.0.1');
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('pages to the last record it sorts, and refuses the next', async () => {
    const { body } = await supertest(server).get('/logs?page=10&size=1000').expect(200);
    expect(body).toMatchObject({ total: { value: 2000, relation: 'eq' }, logs: [] });
    await supertest(server).get('/logs?page=11&size=1000').expect(400);
  });

  it('searches, counts and ranks over REST', async () => {
    const query = 'service=auth&from=now-24h&to=now';
    const filter = { services: ['auth'], fromMs: GENERATED_UNTIL - 24 * HOUR, toMs: GENERATED_UNTIL };
    const expected = await memory.search({ filter, page: 1, size: 5 });
    const { body: page } = await supertest(server).get(`/logs?${query}&size=5`).expect(200);
    expect(page).toMatchObject({ total: expected.total, logs: expected.logs });
    const { body: stats } = await supertest(server).get(`/logs/stats?${query}`).expect(200);
    expect(stats).toMatchObject({ total: expected.total, by_service: [{ service: 'auth' }] });
    const { body: anomalies } = await supertest(server).get(`/logs/anomalies?${query}&min_score=90`).expect(200);
    expect(anomalies.logs.every((log: { anomaly: { score: number } }) => log.anomaly.score >= 90)).toBe(true);
  });
});
