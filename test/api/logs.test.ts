import { PipelineError } from '../../src/domain/errors';
import type { LogPage, LogSearch } from '../../src/api/logs/ports';
import { anomaliesSchema, logsSchema, statsSchema } from '../../src/api/schemas/log-answers';
import { client, documents } from './fakes';
import { createMemoryLogSearch } from './memory-log-search';

const down = () => Promise.reject(new PipelineError('elasticsearch_unavailable', 'elasticsearch cannot be reached'));
const calls = { search: down, anomalies: down, get: down, context: down, summary: down };
const scan = () => ({ next: down, close: () => undefined });
const downSearch: LogSearch = { ...calls, stats: down, histogram: down, facets: down, scan };
const PATHS = [
  '/logs/export',
  ...['/logs', '/logs/stats', '/logs/anomalies', '/logs/histogram', '/logs/facets', '/requests/req-1'],
  ...['/logs/01-0002-0000000000004711', '/logs/01-0002-0000000000004711/context'],
];

const all = documents.map(({ log }) => log);

describe('GET /logs', () => {
  it('gives the newest logs first, with their ids and an exact total', async () => {
    const { body } = await client()
      .get('/logs')
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    expect(logsSchema.parse(body)).toMatchObject({ total: { value: all.length, relation: 'eq' }, page: 1, size: 50 });
    expect(body.logs).toHaveLength(50);
    const times = body.logs.map((log: { '@timestamp': string }) => log['@timestamp']);
    expect(times).toEqual([...times].sort().reverse());
    expect(body.logs[0].id).toMatch(/^01-\d{4}-\d{16}$/);
  });

  it('finds a record by its request id', async () => {
    const { request_id: requestId } = all[17]!;
    const { body } = await client().get('/logs').query({ request_id: requestId });
    expect(body.logs.length).toBeGreaterThan(0);
    expect(body.logs.every((log: { request_id: string }) => log.request_id === requestId)).toBe(true);
  });

  it.each([
    ['service=auth,payment', (log: (typeof all)[0]) => ['auth', 'payment'].includes(log.service)],
    ['level=ERROR,fatal', (log: (typeof all)[0]) => ['error', 'fatal'].includes(log.level)],
    ['status_code=429,5xx', (log: (typeof all)[0]) => log.status_code === 429 || (log.status_code ?? 0) >= 500],
    ['severity=high', (log: (typeof all)[0]) => log.anomaly.severity === 'high'],
    ['anomaly=true', (log: (typeof all)[0]) => log.anomaly.is_anomaly],
    ['anomaly=false', (log: (typeof all)[0]) => !log.anomaly.is_anomaly],
    ['q=timeout', (log: (typeof all)[0]) => log.message.split(' ').includes('timeout')],
    ['from=now-2h', (log: (typeof all)[0]) => Date.parse(log['@timestamp']) >= Date.UTC(2026, 10, 24, 10)],
    ['from=2026-11-24&to=2026-11-24T01:00:00%2B01:00', () => false],
    ['to=2026-11-24', (log: (typeof all)[0]) => log['@timestamp'] < '2026-11-24'],
    ['service=auth&anomaly=true', (log: (typeof all)[0]) => log.service === 'auth' && log.anomaly.is_anomaly],
  ])('selects by ?%s', async (query, holds) => {
    const { body } = await client().get(`/logs?size=1000&${query}`).expect(200);
    expect(body.total.value).toBe(all.filter(holds).length);
  });

  it('gives each log on exactly one page', async () => {
    const app = client();
    const ids: string[] = [];
    for (let page = 1; page <= 5; page += 1) {
      const { body } = await app.get(`/logs?page=${page}&size=100`).expect(200);
      ids.push(...body.logs.map(({ id }: { id: string }) => id));
    }
    expect(new Set(ids).size).toBe(all.length);
    expect(ids).toHaveLength(all.length);
  });

  it('says that it is partial when a shard did not answer', async () => {
    const memory = createMemoryLogSearch(documents);
    const logs: LogSearch = {
      ...memory,
      search: async (request) => ({
        ...((await memory.search(request)) as LogPage),
        partial: true,
        total: { value: 3, relation: 'gte' },
      }),
    };
    const { body } = await client({ logs }).get('/logs').expect(200);
    expect(body).toMatchObject({ partial: true, total: { relation: 'gte' } });
  });

  it.each([
    ['colour=red', 'colour', /unknown parameter; allowed: service, level, status_code/],
    ['__proto__=1', '__proto__', /unknown parameter/],
    ['constructor=1', 'constructor', /unknown parameter/],
    ['level=error&level=warn', 'level', /given once/],
    ['level=loud', 'level', /one of trace, debug, info/],
    ['level=', 'level', /one of/],
    ['service=a,,b', 'service', /not be empty/],
    ['status_code=999', 'status_code', /from 100 to 599/],
    ['status_code=abc', 'status_code', /503/],
    ['response_time_ms=5..3', 'response_time_ms', /backwards/],
    ['attribute=region', 'attribute', /name:value/],
    ['attribute=*:x', 'attribute', /name:value/],
    ['path=*/health', 'path', /star may only end/],
    ['sort=message', 'sort', /one of time, -time/],
    ['fields=password', 'fields', /there is no password/],
    ['cursor=', 'cursor', /not be empty/],
    ['cursor=abc', 'cursor', /not a cursor of this API/],
    ['page=1&cursor=abc', 'page', /knows its page/],
    ['anomaly=yes', 'anomaly', /true or false/],
    ['size=0', 'size', /from 1 to 1000/],
    ['size=1e3', 'size', /from 1 to 1000/],
    ['size=1000000', 'size', /from 1 to 1000/],
    ['size=', 'size', /from 1 to 1000/],
    ['page=0', 'page', /from 1/],
    ['page=-1', 'page', /from 1/],
    ['page=999999999999999999999', 'page', /from 1/],
    ['page=201&size=50', 'page', /10050, at most 10000/],
    ['from=yesterday', 'from', /ISO 8601/],
    ['from=2026-02-30', 'from', /ISO 8601/],
    ['from=now-1y', 'from', /now-15m/],
    ['from=now&to=now-1h', 'from', /not be later than to/],
    ['from=2026-11-25&to=2026-11-24', 'from', /not be later than to/],
    ['q=a%00b', 'q', /control characters/],
    ['q=%20', 'q', /not be empty/],
    [`q=${'x'.repeat(1001)}`, 'q', /at most 1000/],
    [`service=${Array(51).fill('a').join(',')}`, 'service', /at most 50/],
  ])('refuses ?%s and names the parameter', async (query, parameter, detail) => {
    const { body } = await client()
      .get(`/logs?${query}`)
      .expect(400)
      .expect('Content-Type', /^application\/problem\+json/);
    expect(body).toMatchObject({ code: 'invalid_parameter', status: 400, instance: '/logs' });
    expect(body.errors).toEqual([{ parameter, detail: expect.stringMatching(detail) }]);
  });

  it('points at the character of a query that is wrong', async () => {
    const { body } = await client().get('/logs').query({ q: 'timeout AND level:loud' }).expect(400);
    expect(body.errors).toEqual([
      { parameter: 'q', position: 19, detail: expect.stringContaining('at character 19: must be one of trace') },
    ]);
  });

  it.each([
    ['level=!debug,!trace', (log: (typeof all)[0]) => !['debug', 'trace'].includes(log.level)],
    ['service=!pay*', (log: (typeof all)[0]) => log.service !== 'payment'],
    ['status_code=400..499,503', (log: (typeof all)[0]) => [400, 404, 429, 503].includes(log.status_code ?? 0)],
    ['user_id=!*', (log: (typeof all)[0]) => log.user_id === undefined],
    ['tag=a%5C,b', (log: (typeof all)[0]) => log.tags?.includes('a,b') ?? false],
    ['tag=%5C!odd', (log: (typeof all)[0]) => log.tags?.includes('!odd') ?? false],
    ['attribute=region:eu', (log: (typeof all)[0]) => log.attributes?.['region'] === 'eu'],
    ['response_time_ms=>=1000,..10', ({ response_time_ms: time }: (typeof all)[0]) => time! >= 1000 || time! <= 10],
    ['from=1795516200', (log: (typeof all)[0]) => Date.parse(log['@timestamp']) >= 1_795_516_200_000],
  ])('selects by ?%s', async (query, holds) => {
    const { body } = await client().get(`/logs?size=1000&${query}`).expect(200);
    expect(body.total.value).toBe(all.filter(holds).length);
    expect(body.total.value).toBeGreaterThan(0);
  });

  it('gives only the fields that were asked for, with id and index', async () => {
    const { body } = await client().get('/logs?size=5&fields=level,anomaly.score,time').expect(200);
    for (const log of logsSchema.parse(body).logs) {
      expect(Object.keys(log).sort()).toEqual(['@timestamp', 'anomaly', 'id', 'index', 'level']);
      expect(Object.keys(log.anomaly!)).toEqual(['score']);
    }
  });

  it('lists every mistake at once', async () => {
    const { body } = await client().get('/logs?colour=red&size=0&from=x').expect(400);
    expect(body.errors.map(({ parameter }: { parameter: string }) => parameter).sort()).toEqual([
      'colour',
      'from',
      'size',
    ]);
  });

  it('answers 503 with Retry-After when Elasticsearch is down', async () => {
    const app = client({ logs: downSearch });
    for (const path of PATHS) {
      const { body } = await app.get(path).expect(503).expect('Retry-After', '5');
      expect(body).toMatchObject({ code: 'elasticsearch_unavailable', instance: path });
    }
  });
});

describe('GET /logs/anomalies', () => {
  it('gives anomalies only, highest score first, with counts over all of them', async () => {
    const { body } = await client().get('/logs/anomalies?min_score=70&size=1000').expect(200);
    const scores = anomaliesSchema.parse(body).logs.map((log) => log.anomaly!.score!);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores).toHaveLength(all.filter(({ anomaly }) => anomaly.score >= 70).length);
    expect(body.by_severity.critical).toBe(all.filter(({ anomaly }) => anomaly.severity === 'critical').length);
    expect(body.by_rule.length).toBeGreaterThan(1);
  });

  it('has no parameter anomaly, which could only contradict it', async () => {
    await client().get('/logs/anomalies?anomaly=false').expect(400);
  });
});

describe('GET /logs/stats', () => {
  it('counts everything that the filters select, over a histogram without gaps', async () => {
    const { body } = await client().get('/logs/stats?service=auth&from=now-2d&to=now&interval=1h').expect(200);
    const stats = statsSchema.parse(body);
    const auth = all.filter(({ service }) => service === 'auth');
    expect(stats.total.value).toBe(auth.length);
    expect(stats.by_service).toEqual([{ service: 'auth', count: auth.length }]);
    expect(stats.error_rate).toBeCloseTo(stats.errors / auth.length);
    expect(stats.histogram.buckets).toHaveLength(48);
    expect(stats.histogram.buckets[0]!.start).toBe('2026-11-22T12:00:00.000Z');
  });

  it('has an error rate of 0 when nothing matches', async () => {
    const { body } = await client().get('/logs/stats?service=nobody&from=now-1h&to=now').expect(200);
    expect(body).toMatchObject({ total: { value: 0 }, error_rate: 0, response_time_ms: { p50: null } });
  });

  it('refuses an interval that gives too many buckets', async () => {
    const memory = createMemoryLogSearch(documents);
    const stats = () => Promise.reject(new RangeError('gives 9999 buckets over this time range, at most 2000'));
    const { body } = await client({ logs: { ...memory, stats } })
      .get('/logs/stats?interval=1s')
      .expect(400);
    expect(body.errors).toEqual([{ parameter: 'interval', detail: expect.stringContaining('9999 buckets') }]);
  });
});
