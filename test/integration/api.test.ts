import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Client } from '@elastic/elasticsearch';
import fc from 'fast-check';
import supertest from 'supertest';
import type { LogHit, LogPage, LogSearch, LogSort, Paged, Position } from '../../src/api/logs/ports';
import { documentId, parseDocumentId } from '../../src/domain/ids';
import { parsed } from '../../src/domain/json-text';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { createLogSearch } from '../../src/elasticsearch/search';
import { checkElasticsearch } from '../../src/elasticsearch/search-health';
import { deleteIndices } from '../support/delete-indices';
import { createTestApp } from '../api/fakes';
import { GENERATED_UNTIL, generateLogs, type StoredDocument } from '../api/generated-logs';
import { createMemoryLogSearch } from '../api/memory-log-search';
import { figureQueries, pageQueries } from '../api/random-queries';

jest.setTimeout(60_000);

const HOUR = 3_600_000;
const prefix = `api-${randomUUID()}`;
const documents = generateLogs(2000, prefix);
const all = { where: { kind: 'all' } } as const;
let elasticsearch: Client;
let logs: LogSearch;
let real: Server;
let plain: Server;

beforeAll(async () => {
  elasticsearch = createElasticsearch({
    url: process.env['SLUICE_TEST_ELASTICSEARCH_URL']!,
    requestTimeoutMs: 30_000,
    deferSources: true,
  });
  const template = logTemplate({ indexPrefix: prefix, shards: 2, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  await store(documents);
  logs = createLogSearch(elasticsearch, { indexPrefix: prefix, queryTimeoutMs: 10_000 });
  real = createTestApp({ logs }).listen(0, '127.0.0.1');
  plain = createTestApp({ logs: createMemoryLogSearch(documents) }).listen(0, '127.0.0.1');
});

afterAll(async () => {
  for (const server of [real, plain]) await new Promise((resolve) => server.close(resolve));
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

async function store(stored: readonly StoredDocument[]): Promise<void> {
  const operations = stored.flatMap(({ id, index, log }) => [{ index: { _index: index, _id: id } }, log]);
  const { errors } = await elasticsearch.bulk({ operations, refresh: true });
  expect(errors).toBe(false);
}

/** An answer without what cannot be the same twice: times, cursors, estimates. */
function comparable(body: Record<string, unknown>): Record<string, unknown> {
  const { next_cursor: next, response_time_ms: times, ...rest } = { ...body, took_ms: 0 } as Record<string, unknown>;
  const { avg, max } = (times ?? {}) as { avg?: number | null; max?: number | null };
  const mean = typeof avg === 'number' ? avg.toFixed(6) : avg;
  return { ...rest, goesOn: typeof next === 'string', mean, max };
}

async function bothAnswer(url: string): Promise<void> {
  const [found, expected] = await Promise.all([real, plain].map((server) => supertest(server).get(url)));
  expect({ url, status: found!.status, ...comparable(found!.body) }).toEqual({
    ...{ url, status: 200, ...comparable(expected!.body) },
  });
}

function complete<Page>(page: Paged<Page>): Page {
  if (page === 'expired') throw new Error('expired');
  return page;
}

describe('the API over Elasticsearch, against the same over an array', () => {
  it('finds the same logs in the same order by any filters', async () => {
    await fc.assert(fc.asyncProperty(pageQueries, bothAnswer), { numRuns: 60 });
  });

  it('has the same figures for any filters', async () => {
    await fc.assert(fc.asyncProperty(figureQueries, bothAnswer), { numRuns: 50 });
  });

  it('estimates percentiles, the better the more values there are', async () => {
    const expected = await createMemoryLogSearch(documents).stats({ filter: all, nowMs: 0 });
    const { responseTimeMs } = await logs.stats({ filter: all, nowMs: 0 });
    for (const name of ['p50', 'p90', 'p95', 'p99'] as const) {
      expect(Math.abs(responseTimeMs[name]! - expected.responseTimeMs[name]!)).toBeLessThan(0.02 * 5000);
    }
  });

  it('has figures whatever response times there are, and percentiles of those that a machine can have', async () => {
    const far = `${prefix}-far`;
    const { template } = logTemplate({ indexPrefix: far, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
    const index = `${far}-2026.11.24`;
    await elasticsearch.indices.create({ index, mappings: template.mappings });
    const times = [0, 0, 7, 7, 7, 1e-300, 1e300, 4e-12];
    const operations = times.flatMap((response_time_ms) => [
      { index: {} },
      { ...documents[0]!.log, response_time_ms, '@timestamp': '2026-11-24T10:00:00.000Z' },
    ]);
    await elasticsearch.bulk({ index, operations, refresh: true });
    const { responseTimeMs, partial, total } = await createLogSearch(elasticsearch, {
      indexPrefix: far,
      queryTimeoutMs: 10_000,
    }).stats({ filter: all, nowMs: GENERATED_UNTIL });
    expect({ partial, total: total.value }).toEqual({ partial: false, total: times.length });
    expect(responseTimeMs.max).toBe(1e300);
    expect(responseTimeMs.p50).toBeCloseTo(7, 1);
    expect(responseTimeMs.p99).toBeCloseTo(7, 1);
    await deleteIndices(elasticsearch, far);
  });

  it('chooses a width that fits when none is asked for', async () => {
    const { histogram } = await logs.stats({ filter: all, nowMs: GENERATED_UNTIL });
    expect(histogram).toMatchObject({ intervalMs: 30 * 60_000 });
    expect(histogram.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(2000);
    const filter = { ...all, fromMs: GENERATED_UNTIL - 300 * 24 * HOUR };
    const { interval, buckets } = await logs.histogram({ filter, nowMs: GENERATED_UNTIL, timeZone: 'Europe/Berlin' });
    expect(interval).toEqual({ calendar: 'week' });
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(2000);
  });

  it('says where the message matches', async () => {
    const { body } = await supertest(real)
      .get('/logs?q=connection+OR+"cache+miss"&highlight=true&size=100')
      .expect(200);
    const texts = new Set<string>();
    for (const { message, highlights } of body.logs) {
      for (const { start, end } of highlights.message) texts.add(message.slice(start, end));
    }
    expect([...texts].sort()).toEqual(['cache miss', 'connection']);
  });
});

describe('pages by cursor', () => {
  const tied = `${prefix}-tied`;
  const time = new Date(GENERATED_UNTIL).toISOString();
  let count = 0;

  /** Logs of one and the same moment. */
  function more(size: number): StoredDocument[] {
    return generateLogs(size, tied).map((document) => {
      const [partition, offset] = [count % 3, Math.floor(count++ / 3)];
      const kafka = { partition, offset, timestamp: time };
      const log = { ...document.log, '@timestamp': time, kafka };
      return { id: documentId({ generation: 1, partition, offset }), index: `${tied}-2026.11.24`, log };
    });
  }

  async function readAll(search: LogSearch, sort: LogSort, freeze: boolean, between: () => Promise<unknown>) {
    const ids: string[] = [];
    const totals = new Set<number>();
    let position: Position | undefined;
    do {
      const page: LogPage = complete(await search.search({ filter: all, size: 60, sort, freeze, position }));
      ids.push(...parsed(page.logs).map(({ id }) => id));
      totals.add(page.total.value);
      position = page.next;
      await between();
    } while (position);
    return { ids, totals };
  }

  const sorts: [string, LogSort][] = [
    ['time', { by: 'time', descending: true }],
    ['response time', { by: 'response_time_ms', descending: false }],
  ];

  it.each(sorts)('by %s give each of many equal logs once while others come in', async (_, sort) => {
    const before = more(400);
    await store(before);
    const known = count;
    const search = createLogSearch(elasticsearch, { indexPrefix: tied, queryTimeoutMs: 10_000 });
    const { ids, totals } = await readAll(search, sort, true, () => store(more(15)));
    expect(count).toBeGreaterThan(known + 50);
    expect(ids).toHaveLength(new Set(ids).size);
    expect([...totals]).toEqual([known]);
    expect(ids).toHaveLength(known);
  });

  it.each([
    ['the first page is not frozen', false],
    ['no view can be had', true],
  ])('miss and repeat nothing that was there when %s', async (_, freeze) => {
    const known = count;
    const viewless = Object.create(elasticsearch) as Client;
    viewless.openPointInTime = async () => {
      throw new Error('no more views');
    };
    const search = createLogSearch(freeze ? viewless : elasticsearch, { indexPrefix: tied, queryTimeoutMs: 10_000 });
    const { ids } = await readAll(search, { by: 'time', descending: true }, freeze, () => store(more(10)));
    expect(ids).toHaveLength(new Set(ids).size);
    expect(ids.filter((id) => idNumber(id) < known)).toHaveLength(known);
  });

  const idNumber = (id: string) => parseDocumentId(id)!.offset * 3 + parseDocumentId(id)!.partition;

  it('are 410 over REST once their view is gone, and never reach beyond their own search', async () => {
    const { body } = await supertest(real).get('/logs?service=auth&from=now-1d&size=5').expect(200);
    const next = encodeURIComponent(body.next_cursor);
    await supertest(real).get(`/logs?service=payment&from=now-1d&size=5&cursor=${next}`).expect(400);
    const { body: second } = await supertest(real)
      .get(`/logs?service=auth&from=now-1d&size=7&cursor=${next}`)
      .expect(200);
    expect(second).toMatchObject({ total: body.total, page: null });
    const page = complete(await logs.search({ filter: all, size: 5, freeze: true }));
    await elasticsearch.closePointInTime({ id: page.next!.view! });
    expect(await logs.search({ filter: all, size: 5, position: page.next })).toBe('expired');
  });

  it('leave no view behind when the first page is all there is', async () => {
    const closed: string[] = [];
    const watched = Object.create(elasticsearch) as Client;
    watched.closePointInTime = (async ({ id }: { id: string }) => closed.push(id)) as never;
    const search = createLogSearch(watched, { indexPrefix: prefix, queryTimeoutMs: 10_000 });
    expect(complete(await search.search({ filter: all, size: 3000, freeze: true })).next).toBeUndefined();
    expect(closed).toHaveLength(1);
  });
});

describe('the log search', () => {
  it('tells generations of a topic apart in a context', async () => {
    const index = `${prefix}-generations-2026.11.24`;
    const again = (generation: number, offset: number): StoredDocument => {
      const log = {
        ...documents[0]!.log,
        kafka: { partition: 0, offset, timestamp: '2026-11-24T10:00:00.000Z', generation },
      };
      return { id: documentId({ generation, partition: 0, offset }), index, log };
    };
    await store([again(2, 0), again(2, 1), again(2, 2), again(3, 1)]);
    const search = createLogSearch(elasticsearch, { indexPrefix: `${prefix}-generations`, queryTimeoutMs: 10_000 });
    const anchor = parsed((await search.get(documentId({ generation: 2, partition: 0, offset: 1 })))!);
    const found = await search.context({ anchor, by: ['partition'], before: 5, after: 5 });
    expect([...parsed(found.before), ...parsed(found.after)].map(({ id }) => id)).toEqual([
      ...['02-0000-0000000000000000', '02-0000-0000000000000002'],
    ]);
  });

  it('gives a log with all digits of its numbers, and its own id whatever stands in it', async () => {
    const search = createLogSearch(elasticsearch, { indexPrefix: `${prefix}-digits`, queryTimeoutMs: 10_000 });
    const app = createTestApp({ logs: search }).callback();
    const kafka = (offset: number) => ({ partition: 0, offset, timestamp: '2026-11-24T10:00:00.000Z' });
    const odd = '"attributes":{"n":9007199254740993,"rate":1.10,"id":"a","highlights":"}"},"index":"b"';
    for (const [offset, rest] of [odd, '"attributes":{"n":9007199254740993}', '"message":"\\\\"'].entries()) {
      const document = `{"@timestamp":"2026-11-24T10:00:00.000Z","kafka":${JSON.stringify(kafka(offset))},${rest}}`;
      const path = `/${prefix}-digits-2026.11.24/_doc/${documentId({ generation: 1, partition: 0, offset })}?refresh=true`;
      await elasticsearch.transport.request(
        { method: 'PUT', path, body: document },
        { headers: { 'content-type': 'application/json' } },
      );
    }
    const id = documentId({ generation: 1, partition: 0, offset: 1 });
    for (const address of ['/logs', `/logs/${id}`, `/logs/${id}/context`, '/logs/export']) {
      const { text } = await supertest(app).get(address).expect(200);
      expect(text).toContain('{"n":9007199254740993}');
    }
    const { text, body } = await supertest(app).get('/logs').expect(200);
    expect(body.logs.map((log: LogHit) => log.id)).toEqual(
      [2, 1, 0].map((offset) => documentId({ generation: 1, partition: 0, offset })),
    );
    expect(body.logs[2]).toMatchObject({ index: `${prefix}-digits-2026.11.24`, attributes: { id: 'a' } });
    expect(text.match(/"index":/g)).toHaveLength(3);
  });

  it.each([
    ['a star in front', '*out'],
    ['an expression', '/.*/'],
    ['another field', 'password:x'],
    ['an open parenthesis', '((('],
    ['JSON', '{"match_all":{}}'],
  ])('never gets to see a query with %s', async (_, q) => {
    await supertest(real).get('/logs').query({ q }).expect(400);
  });

  it.each(['timeout~2', '💥', 'x--', 'AND~'])('takes the text %p as words', async (q) => {
    const { body } = await supertest(real).get('/logs').query({ q }).expect(200);
    expect(body.total.value).toBe(0);
  });

  it('answers empty lists when there is no index', async () => {
    const empty = createLogSearch(elasticsearch, { indexPrefix: `none-${prefix}`, queryTimeoutMs: 1000 });
    const nothing = { total: { value: 0, relation: 'eq' } };
    expect(await empty.search({ filter: all, size: 10 })).toMatchObject({ ...nothing, logs: [] });
    const anomalies = { byRule: [], bySeverity: { high: 0 }, groups: [] };
    expect(await empty.anomalies({ filter: all, size: 10, group: 'rule' })).toMatchObject(anomalies);
    expect(await empty.stats({ filter: all, nowMs: 0 })).toMatchObject({ services: [], histogram: { buckets: [] } });
    expect(await empty.histogram({ filter: all, nowMs: 0, timeZone: 'UTC', split: 'service' })).toMatchObject({
      buckets: [],
    });
    const facets = await empty.facets({ filter: all, fields: ['service'], size: 10 });
    expect(facets).toMatchObject({ ...nothing, facets: { service: { values: [] } } });
    expect(await empty.get('01-0000-0000000000000000')).toBeUndefined();
  });

  it('ends when the caller goes away', async () => {
    await expect(logs.search({ filter: all, size: 10 }, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it('says elasticsearch_unavailable when nothing listens', async () => {
    const client = createElasticsearch({ url: 'http://127.0.0.1:1', requestTimeoutMs: 1000 });
    const search = createLogSearch(client, { indexPrefix: prefix, queryTimeoutMs: 1000 });
    await expect(search.search({ filter: all, size: 1 })).rejects.toMatchObject({ code: 'elasticsearch_unavailable' });
    await expect(checkElasticsearch(client, 1000)).rejects.toThrow(/ECONNREFUSED/);
    await client.close();
  });

  it('is healthy by the health of the cluster', async () => {
    await expect(checkElasticsearch(elasticsearch, 5000)).resolves.toMatch(/is (green|yellow), 1 node/);
  });
});
