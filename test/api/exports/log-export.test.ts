import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { createApp } from '../../../src/api/app';
import type { LogScan } from '../../../src/api/logs/ports';
import type { AppDeps } from '../../../src/api/ports';
import { listen } from '../../../src/api/listen';
import { PipelineError } from '../../../src/domain/errors';
import { createLogger } from '../../../src/logger';
import { readCsv } from '../../support/read-csv';
import { client, createTestApp, documents, testSettings } from '../fakes';
import { createMemoryLogSearch } from '../memory-log-search';
import { stock } from '../documented/stocked-app';
import { begin, linesOf, readAll, sha256 } from './ask-export';

jest.setTimeout(60_000);

const servers: Server[] = [];
const logs = createMemoryLogSearch(documents);

async function serve(changes: Partial<AppDeps> = {}): Promise<Server> {
  const server = createTestApp(changes).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return server;
}

/** A server that has as little patience with slow readers as a test. */
async function listenImpatiently(changes: Partial<AppDeps>): Promise<Server> {
  const handler = createTestApp(changes).callback();
  const patience = { headersTimeout: 8000, requestTimeout: 20_000, keepAliveTimeout: 1000 };
  const server = await listen(
    (request, response) => void handler(request, response),
    { host: '127.0.0.1', port: 0 },
    { ...patience, connectionsCheckingInterval: 20, stallMs: 300 },
  );
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Logs of 1 KiB without end, of which `failAt` pages can be had; tells when it is closed. */
function endless(failAt = Infinity) {
  const seen = { pages: 0, sizes: [] as number[], closed: undefined as unknown as Promise<void> };
  let close: () => void;
  seen.closed = new Promise<void>((resolve) => (close = resolve));
  const scan = (_: unknown, signal?: AbortSignal): LogScan => ({
    next: async (size) => {
      signal?.throwIfAborted();
      seen.sizes.push(size);
      if (++seen.pages > failAt) throw new PipelineError('elasticsearch_unavailable', 'gone');
      const log = { id: 'i', index: 'x', message: 'm'.repeat(1000) };
      return { logs: Array.from({ length: size }, () => log), total: 10_000_000 };
    },
    close: () => close(),
  });
  return { seen, logs: { ...logs, scan } };
}

const large = {
  ...testSettings,
  exports: { ...testSettings.exports, limit: 5_000_000, maxLimit: 5_000_000 },
};

describe('GET /logs/export', () => {
  it('writes the logs of a filter in order, and says at the end that they are all', async () => {
    const answer = await begin(await serve(), '/logs/export?level=error,fatal&sort=time');
    const body = await readAll(answer);
    const { logs: written, records, last } = linesOf(body);
    const expected = await logs
      .scan({
        filter: { where: { kind: 'equals', field: 'level', values: ['error', 'fatal'] } },
        sort: { by: 'time', descending: false },
      })
      .next(10_000);
    expect(written).toEqual(JSON.parse(JSON.stringify(expected.logs)));
    const account = { count: written.length, total: written.length, complete: true, sha256: sha256(records) };
    expect(last).toEqual({ sluice_export: account });
    expect(answer.trailers).toEqual({
      'x-sluice-count': String(written.length),
      'x-sluice-complete': 'true',
      'x-sluice-sha256': account.sha256,
    });
    expect(answer.headers).toMatchObject({
      'content-disposition': 'attachment; filename="logs-20261124T120000Z.ndjson"',
      'x-sluice-total': String(written.length),
      trailer: 'X-Sluice-Count, X-Sluice-Complete, X-Sluice-SHA256',
    });
  });

  it('stops at its limit and says so', async () => {
    const server = await serve();
    const asked = await begin(server, '/logs/export?limit=7&summary=false');
    const body = await readAll(asked);
    expect(body.toString().trimEnd().split('\n')).toHaveLength(7);
    expect(asked.trailers).toMatchObject({ 'x-sluice-complete': 'false', 'x-sluice-sha256': sha256(body) });
    const standard = await begin(server, '/logs/export');
    expect(linesOf(await readAll(standard)).last).toMatchObject({
      sluice_export: { count: 300, total: 400, complete: false },
    });
  });

  it('writes CSV with the columns that were asked for', async () => {
    const answer = await begin(await serve(), '/logs/export?format=csv&fields=message,status_code&limit=400');
    const body = await readAll(answer);
    const [head, ...rows] = readCsv(body.toString());
    expect(head!.map(({ text }) => text)).toEqual(['id', 'index', 'message', 'status_code']);
    expect(rows).toHaveLength(400);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.trailers).toMatchObject({ 'x-sluice-count': '400', 'x-sluice-sha256': sha256(body) });
  });

  it('is packed when asked for, with the checksum of what was packed', async () => {
    // The watched app takes the wish for packing off each request; this one is not watched.
    const deps = { ...(await stock()).deps, logs, settings: testSettings, logger: createLogger('test', 'silent') };
    const server = createApp(deps as AppDeps).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const answer = await begin(server, '/logs/export?summary=false', { 'Accept-Encoding': 'gzip' });
    const body = gunzipSync(await readAll(answer));
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.trailers).toMatchObject({ 'x-sluice-count': '300', 'x-sluice-sha256': sha256(body) });
  });

  it('has an end of its own where nothing matches', async () => {
    const server = await serve();
    const empty = await readAll(await begin(server, '/logs/export?service=nobody'));
    expect(linesOf(empty)).toMatchObject({ logs: [], last: { sluice_export: { count: 0, complete: true } } });
    const csv = await readAll(await begin(server, '/logs/export?service=nobody&format=csv&fields=message'));
    expect(csv.toString()).toBe('id,index,message\r\n');
  });

  it('does without trailers for HTTP/1.0', async () => {
    const { port } = (await serve()).address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /logs/export?limit=2 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n');
    let text = '';
    for await (const part of socket) text += String(part);
    const [head, body] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 200 OK/);
    expect(head).not.toMatch(/^trailer:/im);
    expect(linesOf(Buffer.from(body!)).last).toMatchObject({ sluice_export: { count: 2 } });
  });

  it('answers HEAD without a search', async () => {
    const unused = { ...logs, scan: () => Promise.reject(new Error('searched')) as never };
    await client({ logs: unused })
      .head('/logs/export?format=csv')
      .expect(200)
      .expect('Content-Type', /^text\/csv/);
  });

  it('refuses a limit beyond the greatest, and unknown formats', async () => {
    const { body } = await client().get('/logs/export?limit=10001').expect(400);
    expect(body.errors).toEqual([{ parameter: 'limit', detail: expect.stringContaining('at most 10000') }]);
    await client().get('/logs/export?limit=0').expect(400);
    await client().get('/logs/export?format=xlsx').expect(400);
    await client().get('/logs/export?cursor=*').expect(400);
  });

  it('cuts the connection when the search fails on the way', async () => {
    const { seen, logs: failing } = endless(2);
    const answer = await begin(await serve({ logs: failing, settings: large }), '/logs/export');
    await expect(readAll(answer)).rejects.toThrow('aborted');
    expect(answer.trailers).toEqual({});
    await seen.closed;
  });

  it('reads on only as its reader does, and cuts one that takes nothing', async () => {
    const { seen, logs: much } = endless();
    const server = await listenImpatiently({ logs: much, settings: large });
    const answer = await begin(server, '/logs/export');
    await seen.closed;
    // What the kernel's buffers and one page hold, of five million.
    expect(seen.sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30_000);
    expect(Math.max(...seen.sizes)).toBeLessThanOrEqual(1000);
    await expect(readAll(answer)).rejects.toThrow('aborted');
  });

  it('ends the search when its reader leaves, and makes room for the next', async () => {
    const settings = { ...large, exports: { ...large.exports, concurrency: 1 } };
    const { seen, logs: much } = endless();
    const server = await serve({ logs: much, settings });
    const answer = await begin(server, '/logs/export');
    const refused = await begin(server, '/logs/export');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('10');
    await readAll(refused);
    answer.destroy();
    await seen.closed;
    const next = await begin(server, '/logs/export?limit=1');
    expect(next.statusCode).toBe(200);
    await readAll(next);
  });
});
