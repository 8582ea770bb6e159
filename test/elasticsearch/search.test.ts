import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@elastic/elasticsearch';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { createLogSearch } from '../../src/elasticsearch/search';

/** A client that records what it is sent and gives one answer. */
function recordingClient(answer: object) {
  const sent: Record<string, unknown>[] = [];
  const openPointInTime = () => Promise.reject(new Error('no view'));
  const search = async (body: Record<string, unknown>, options: Record<string, unknown>) => {
    sent.push({ ...body, options });
    return answer;
  };
  return { sent, client: { search, openPointInTime } as unknown as Client };
}

const empty = {
  took: 1,
  timed_out: false,
  _shards: { failed: 0 },
  hits: { total: { value: 0, relation: 'eq' }, hits: [] },
};
const settings = { indexPrefix: 'logs', queryTimeoutMs: 2000 };
const all = { where: { kind: 'all' } } as const;
const request = { filter: all, page: 3, size: 20 };

describe('the log search', () => {
  it('limits every query by time and asks only for our indices', async () => {
    const { client, sent } = recordingClient(empty);
    const logs = createLogSearch(client, settings);
    await logs.search(request);
    await logs.anomalies(request);
    await logs.stats({ filter: all, nowMs: 0 });
    await logs.histogram({ filter: all, nowMs: 0, timeZone: 'UTC', split: 'service' });
    await logs.facets({ filter: all, fields: ['service'], size: 10 });
    await logs.summary(all);
    await logs.get('01-0000-0000000000000000');
    for (const body of sent) {
      expect(body).toMatchObject({
        index: ['logs-2*.*.*', 'logs-old'],
        timeout: '2000ms',
        allow_no_indices: true,
        options: { requestTimeout: 3000 },
      });
    }
    expect(sent[0]).toMatchObject({ from: 40, size: 20 });
  });

  it('goes on behind a page only when nothing is missing in it', async () => {
    const hits = [{ _id: 'a', _index: 'logs-2026.11.24', _source: {}, sort: [1, 2, 3, 1] }];
    const whole = { ...empty, hits: { total: { value: 5, relation: 'eq' }, hits } };
    const first = await createLogSearch(recordingClient(whole).client, settings).search({ filter: all, size: 1 });
    expect(first).toMatchObject({ next: { after: [1, 2, 3, 1], total: 5 } });
    const partial = createLogSearch(recordingClient({ ...whole, timed_out: true }).client, settings);
    expect(await partial.search({ filter: all, size: 1 })).toMatchObject({ partial: true, next: undefined });
    const position = { view: 'v', after: [1, 2, 3, 1], total: 5 };
    await expect(partial.search({ filter: all, size: 1, position })).rejects.toMatchObject({
      code: 'elasticsearch_unavailable',
    });
    const failures = [{ reason: { type: 'search_context_missing_exception' } }];
    const lost = recordingClient({ ...whole, _shards: { failed: 1, failures } });
    expect(await createLogSearch(lost.client, settings).search({ filter: all, size: 1, position })).toBe('expired');
  });

  it('searches a view without naming indices, from where the last page ended, and counts no more', async () => {
    const { client, sent } = recordingClient({ ...empty, hits: { hits: [] } });
    const position = { view: 'v', after: [1, 2, 3, 1], total: 5 };
    const found = await createLogSearch(client, settings).search({ filter: all, size: 2, position });
    expect(found).toMatchObject({ total: { value: 5, relation: 'eq' }, logs: [], next: undefined });
    expect(sent[0]).toMatchObject({ pit: { id: 'v', keep_alive: '300000ms' }, search_after: [1, 2, 3, 1] });
    expect(sent[0]).toMatchObject({ track_total_hits: false, timeout: '2000ms' });
    expect(sent[0]).not.toHaveProperty('index');
  });

  it.each([
    ['ran out of time', { ...empty, timed_out: true }],
    ['lost a shard', { ...empty, _shards: { failed: 1 } }],
  ])('is partial, with a lower bound, when Elasticsearch %s', async (_, answer) => {
    const { client } = recordingClient({ ...answer, hits: { total: { value: 7, relation: 'eq' }, hits: [] } });
    const found = await createLogSearch(client, settings).search(request);
    expect(found).toMatchObject({ partial: true, total: { value: 7, relation: 'gte' } });
  });

  it('gives up the request to Elasticsearch, which then cancels the search, when the caller leaves', async () => {
    const leave = new AbortController();
    const server = createServer((incoming, response) => {
      closed = once(response, 'close');
      incoming.resume().once('end', () => leave.abort());
    });
    let closed: Promise<unknown> | undefined;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = createElasticsearch({ url: `http://127.0.0.1:${port}`, requestTimeoutMs: 30_000 });
    const search = createLogSearch(client, settings).search(request, leave.signal);
    await expect(search).rejects.toThrow(/abort/i);
    await closed;
    await client.close();
    server.close();
  });

  it('refuses an answer that is too large to be held, as soon as it says so, but for a scan', async () => {
    const server = createServer((incoming, response) => {
      incoming.resume();
      const type = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
      if (incoming.url!.includes('_pit')) return void response.writeHead(200, type).end('{"id":"v"}');
      const scanned = JSON.stringify({ ...empty, filler: 'x'.repeat(17 * 2 ** 20) });
      if (!incoming.url!.includes('logs-')) return void response.writeHead(200, type).end(scanned);
      response.writeHead(200, { ...type, 'content-length': String(17 * 2 ** 20) });
      response.write('{');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = createElasticsearch({ url: `http://127.0.0.1:${port}`, requestTimeoutMs: 30_000 });
    const logs = createLogSearch(client, settings);
    const refused = { name: 'RangeError', message: expect.stringContaining('16 MiB') };
    await expect(logs.search(request)).rejects.toMatchObject(refused);
    await expect(logs.get('01-0000-0000000000000000')).rejects.toMatchObject(refused);
    expect(await logs.scan({ filter: all }).next(10)).toEqual({ logs: [], total: 0 });
    await client.close();
    server.closeAllConnections();
    server.close();
  });

  it('lets no field of a document pass for its id or index', async () => {
    const hits = [{ _id: 'real', _index: 'logs-2026.11.24', _source: { id: 'forged', index: 'forged', message: 'x' } }];
    const { client } = recordingClient({ ...empty, hits: { total: { value: 1, relation: 'eq' }, hits } });
    const found = await createLogSearch(client, settings).search(request);
    expect(found).toMatchObject({ logs: [{ id: 'real', index: 'logs-2026.11.24', message: 'x' }] });
  });

  it('carries a silence up to now when the range has a start and no end', async () => {
    const none = { buckets: [] };
    const aggregations = {
      ...{ first: { value: null }, last: { value: null }, anomalies: { doc_count: 0 }, errors: { doc_count: 0 } },
      ...{ level: none, severity: none, service: none, path: none, error_code: none, status: none, time: none },
      ...{ user: none, mean_time: { value: null }, longest_time: { value: null } },
      response_time: { avg: null, max: null },
      measurable: { doc_count: 0, response_time: { values: { '50.0': null, '95.0': null, '99.0': null } } },
    };
    const { client } = recordingClient({ ...empty, aggregations });
    const stats = await createLogSearch(client, settings).stats({
      filter: { ...all, fromMs: 0 },
      intervalMs: 1000,
      nowMs: 5000,
    });
    expect(stats.histogram.buckets.map(({ startMs, count }) => [startMs, count])).toEqual(
      [0, 1000, 2000, 3000, 4000].map((start) => [start, 0]),
    );
  });
});
