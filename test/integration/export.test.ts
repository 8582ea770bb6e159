import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Client } from '@elastic/elasticsearch';
import fc from 'fast-check';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import type { LogSearch } from '../../src/api/logs/ports';
import { documentId } from '../../src/domain/ids';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { createLogSearch } from '../../src/elasticsearch/search';
import { createTestApp, testSettings } from '../api/fakes';
import { begin, linesOf, readAll, sha256 } from '../api/exports/ask-export';
import { GENERATED_UNTIL, generateLogs, type StoredDocument } from '../api/generated-logs';
import { createMemoryLogSearch } from '../api/memory-log-search';
import { deleteIndices } from '../support/delete-indices';
import { readCsv } from '../support/read-csv';

jest.setTimeout(120_000);

const prefix = `export-${randomUUID()}`;
const time = new Date(GENERATED_UNTIL).toISOString();
const documents = generateLogs(3000, prefix);
const exports = { ...testSettings.exports, limit: 100_000, maxLimit: 100_000 };
const settings = { ...testSettings, exports };
const servers: Server[] = [];
let elasticsearch: Client;
let closed: string[];
let logs: LogSearch;
let real: Server;
let plain: Server;
let count = 0;

async function serve(search: LogSearch): Promise<Server> {
  const server = createTestApp({ logs: search, settings }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return server;
}

beforeAll(async () => {
  elasticsearch = createElasticsearch({
    url: process.env['SLUICE_TEST_ELASTICSEARCH_URL']!,
    requestTimeoutMs: 30_000,
    deferSources: true,
  });
  const template = logTemplate({ indexPrefix: prefix, shards: 2, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  await store(documents);
  const close = elasticsearch.closePointInTime.bind(elasticsearch);
  const watched: unknown = Object.assign(Object.create(elasticsearch), {
    closePointInTime: (request: { id: string }, options: object) => {
      closed.push(request.id);
      return close(request, options);
    },
  });
  logs = createLogSearch(watched as Client, { indexPrefix: prefix, queryTimeoutMs: 20_000 });
  real = await serve(logs);
  plain = await serve(createMemoryLogSearch(documents));
});

beforeEach(() => (closed = []));

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

async function store(stored: readonly StoredDocument[]): Promise<void> {
  const operations = stored.flatMap(({ id, index, log }) => [{ index: { _index: index, _id: id } }, log]);
  const { errors } = await elasticsearch.bulk({ operations, refresh: true });
  expect(errors).toBe(false);
}

/** Logs of one and the same moment, some hundred bytes or more each. */
function more(size: number, indexPrefix: string, message?: string): StoredDocument[] {
  return generateLogs(size, indexPrefix).map((document) => {
    const [partition, offset] = [count % 3, Math.floor(count++ / 3)];
    const kafka = { partition, offset, timestamp: time };
    const log = { ...document.log, '@timestamp': time, kafka, ...(message === undefined ? {} : { message }) };
    return { id: documentId({ generation: 1, partition, offset }), index: `${indexPrefix}-2026.11.24`, log };
  });
}

const some = (name: string, values: string[]) =>
  fc.option(fc.subarray(values, { minLength: 1 }), { nil: [] }).map((chosen) => chosen.map((one) => [name, one]));
const addresses = fc
  .tuple(
    some('level', ['error', '!info', 'warn']),
    some('service', ['auth', 'payment', '!user']),
    some('status_code', ['5xx', '200..299']),
    some('q', ['timeout OR refused']),
    fc.constantFrom('time', '-time', 'score', '-response_time_ms', 'status_code'),
    fc.constantFrom('', '&fields=message,service', '&limit=150'),
  )
  .map(([...parts]) => {
    const filters = new Map<string, string[]>();
    for (const [name, value] of parts.slice(0, 4).flat() as [string, string][]) {
      filters.set(name, [...(filters.get(name) ?? []), value]);
    }
    const query = [...filters].map(([name, values]) => `${name}=${encodeURIComponent(values.join(','))}&`);
    return `/logs/export?${query.join('')}sort=${parts[4]}${parts[5]}`;
  });

describe('an export from Elasticsearch', () => {
  it('has the logs that a brute-force search has, in the same order, by any filters', async () => {
    await fc.assert(
      fc.asyncProperty(addresses, async (address) => {
        const [found, expected] = await Promise.all(
          [real, plain].map(async (server) => linesOf(await readAll(await begin(server, address)))),
        );
        expect({ address, logs: found!.logs }).toEqual({ address, logs: expected!.logs });
        const { sha256: sum, ...account } = found!.last.sluice_export as Record<string, unknown>;
        expect(sum).toBe(sha256(found!.records));
        expect(expected!.last.sluice_export).toMatchObject(account);
      }),
      { numRuns: 30 },
    );
    expect(closed).toHaveLength(30);
  });

  it('writes the same logs as CSV', async () => {
    const body = await readAll(await begin(real, '/logs/export?format=csv&sort=time'));
    const [head, ...rows] = readCsv(body.toString());
    const names = head!.map(({ text }) => text);
    const [id, message, score] = ['id', 'message', 'anomaly.score'].map((name) => names.indexOf(name));
    const byId = new Map(documents.map((document) => [document.id, document.log]));
    expect(new Set(rows.map((row) => row[id!]!.text)).size).toBe(documents.length);
    for (const row of rows) {
      const log = byId.get(row[id!]!.text)!;
      expect(row[message!]!.text).toBe(log.message);
      expect(row[score!]!.text).toBe(String(log.anomaly.score));
    }
  });

  it.each(['time', '-time', 'response_time_ms'])(
    'by %s has each of many equal logs once while others come in',
    async (sort) => {
      const tied = `${prefix}-tied-${randomUUID().slice(0, 4)}`;
      // More than sockets hold, so that most pages are read behind what comes in.
      const before = more(9000, tied, 'm'.repeat(3000));
      for (let at = 0; at < before.length; at += 1500) await store(before.slice(at, at + 1500));
      const server = await serve(createLogSearch(elasticsearch, { indexPrefix: tied, queryTimeoutMs: 20_000 }));
      const answer = await begin(server, `/logs/export?sort=${sort}`);
      for (let round = 0; round < 5; round++) await store(more(40, tied));
      const { logs: written, last, records } = linesOf(await readAll(answer));
      expect(written.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
      const all = { count: before.length, total: before.length, complete: true, sha256: sha256(records) };
      expect(last).toEqual({ sluice_export: all });
    },
  );

  it('gives its view up when it is whole, and when its reader leaves', async () => {
    await readAll(await begin(real, '/logs/export?limit=5'));
    expect(closed).toHaveLength(1);
    const many = `${prefix}-many`;
    const large = more(6000, many, 'm'.repeat(4000));
    for (let at = 0; at < large.length; at += 1500) await store(large.slice(at, at + 1500));
    const gone = new Promise<string>((resolve) => {
      const close = async ({ id }: { id: string }) => resolve(id);
      const watched: unknown = Object.assign(Object.create(elasticsearch), { closePointInTime: close });
      const search = createLogSearch(watched as Client, { indexPrefix: many, queryTimeoutMs: 20_000 });
      void serve(search).then(async (server) => (await begin(server, '/logs/export')).destroy());
    });
    await elasticsearch.closePointInTime({ id: await gone });
  });

  it('is empty where there is no index', async () => {
    const search = createLogSearch(elasticsearch, { indexPrefix: `none-${prefix}`, queryTimeoutMs: 5000 });
    const answer = await begin(await serve(search), '/logs/export');
    expect(answer.statusCode).toBe(200);
    expect(linesOf(await readAll(answer)).last).toMatchObject({ sluice_export: { count: 0, complete: true } });
  });

  it('that loses its view on the way ends with an error of curl', async () => {
    const lost = `${prefix}-lost`;
    const large = more(9000, lost, 'm'.repeat(4000));
    for (let at = 0; at < large.length; at += 1500) await store(large.slice(at, at + 1500));
    let pages = 0;
    const search = elasticsearch.search.bind(elasticsearch) as (body: object, options: object) => Promise<unknown>;
    const watched: unknown = Object.assign(Object.create(elasticsearch), {
      search: async (body: { pit?: { id: string } }, options: object) => {
        if (++pages === 4) await elasticsearch.closePointInTime({ id: body.pit!.id });
        return search(body, options);
      },
    });
    const server = await serve(createLogSearch(watched as Client, { indexPrefix: lost, queryTimeoutMs: 20_000 }));
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}/logs/export`;
    const run = promisify(execFile)('curl', ['-fsS', '-o', '/dev/null', address]);
    await expect(run).rejects.toMatchObject({ code: 18 });
  });
});
