import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { openExportDesk } from '../../src/api/exports/open-desk';
import type { LongExportView } from '../../src/api/schemas/log-exports';
import { loadConfig } from '../../src/config';
import { documentId } from '../../src/domain/ids';
import { exportWorkflowId } from '../../src/domain/export';
import { createExportSource } from '../../src/elasticsearch/export-source';
import { createLogSearch } from '../../src/elasticsearch/search';
import { createTestApp, testSettings } from '../api/fakes';
import { begin, readAll } from '../api/exports/ask-export';
import { GENERATED_UNTIL, generateLogs, type StoredDocument } from '../api/generated-logs';
import { createMemoryLogSearch } from '../api/memory-log-search';
import { TestPipeline } from '../support/pipeline';
import { waitFor } from '../support/wait-for';

jest.setTimeout(240_000);

const folder = mkdtempSync(join(tmpdir(), 'sluice-long-exports-'));
// The logs are of a day that has its date: no retention may take them.
const settings = { KAFKA_PARTITIONS: '1', EXPORT_FOLDER: join(folder, 'exports'), INDEX_RETENTION_DAYS: '36500' };
const pipeline = new TestPipeline(settings);
const config = loadConfig(pipeline.env);
const { topic } = pipeline;
const canary = `canary-${randomUUID()}`;
/** Large enough that an export of all takes several parts, and some seconds. */
const documents = generateLogs(24_000, topic).map((one, number) =>
  number % 2 === 0 ? one : { ...one, log: { ...one.log, message: `${'m'.repeat(4000)} ${number}` } },
);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
let server: Server;

async function store(stored: readonly StoredDocument[]): Promise<void> {
  for (let at = 0; at < stored.length; at += 2000) {
    const some = stored.slice(at, at + 2000);
    const operations = some.flatMap(({ id, index, log }) => [{ index: { _index: index, _id: id } }, log]);
    expect((await pipeline.elasticsearch.bulk({ operations, refresh: true })).errors).toBe(false);
  }
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const { port } = server.address() as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {}),
  });
  const told = (await answer.json()) as T;
  if (!answer.ok) throw new Error(JSON.stringify(told));
  return told;
}

const order = async (body: object) => (await ask<{ id: string }>('POST', '/logs/exports', body)).id;
const show = (id: string) => ask<LongExportView>('GET', `/logs/exports/${id}`);
const reaches = (id: string, wanted: (view: LongExportView) => boolean) =>
  waitFor(async () => {
    const view = await show(id);
    if (view.status === 'failed' && !wanted(view)) throw new Error(JSON.stringify(view.failing));
    return wanted(view) && view;
  }, 150_000);
const is = (status: LongExportView['status']) => (view: LongExportView) => view.status === status;
const fileOf = async (id: string) => readAll(await begin(server, `/logs/exports/${id}/file`));
const direct = async (query: string) =>
  readAll(await begin(server, `/logs/export?summary=false&limit=100000&${query}`));

describe('long exports on the real servers', () => {
  beforeAll(async () => {
    await pipeline.createTopic(1);
    pipeline.startWorker();
    // The template that a worker puts up is the one of this prefix.
    await waitFor(() => pipeline.partitionState(0), 120_000);
    await store(documents);
    server = createTestApp({
      logs: createLogSearch(pipeline.elasticsearch, { indexPrefix: topic, queryTimeoutMs: 60_000 }),
      longExports: openExportDesk(config, pipeline.temporal),
      settings: { ...testSettings, topic, exports: { limit: 100_000, maxLimit: 100_000, concurrency: 4 } },
      now: () => GENERATED_UNTIL,
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await pipeline.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('kill -9 of the worker in the middle: the bytes are those of the direct one', async () => {
    const expected = await direct('sort=-response_time_ms');
    const [worker] = pipeline.runningWorkers();
    const id = await order({ sort: '-response_time_ms' });
    const { progress, frozen_at: frozenAt } = await reaches(id, ({ progress: { parts } }) => parts > 0);
    await pipeline.killWorker(worker!);
    expect(progress.logs).toBeLessThan(documents.length);
    // What comes in now is behind the view.
    await store(later(200));
    pipeline.startWorker();
    const view = await reaches(id, is('done'));
    const file = await fileOf(id);
    expect([file.length, sha256(file)]).toEqual([expected.length, sha256(expected)]);
    expect(view).toMatchObject({
      ...{ restarts: 0, frozen_at: frozenAt, failing: null },
      progress: { percent: 100, logs: documents.length, wanted: documents.length },
      result: { logs: documents.length, complete: true, bytes: file.length, sha256: sha256(file) },
    });
    expect(view.progress.parts).toBeGreaterThan(2);
  });

  test('by filters, as CSV, under ingestion: what a brute-force search had when it began, and nothing else', async () => {
    const filter = { level: ['error', 'fatal'], service: 'payment,auth', status_code: '4xx,5xx' };
    const id = await order({ filter, format: 'csv', fields: ['message', 'status_code'], sort: 'time' });
    const filling = store(later(2000));
    const view = await reaches(id, is('done'));
    await filling;
    const scan = createMemoryLogSearch(documents);
    const path = '/logs/export?level=error,fatal&service=payment,auth&status_code=4xx,5xx&format=csv&sort=time';
    const plain = createTestApp({
      logs: scan,
      settings: { ...testSettings, exports: { limit: 1e6, maxLimit: 1e6, concurrency: 1 } },
    });
    const listening = plain.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const expected = await readAll(await begin(listening, `${path}&fields=message,status_code`));
    listening.closeAllConnections();
    listening.close();
    const file = await fileOf(id);
    const rows = (bytes: Buffer) => bytes.toString().split('\r\n');
    // Logs that came in before the view was frozen may be there: they are known by their offsets.
    const known = rows(file).filter((row) => !LATER.test(row));
    expect(known).toEqual(rows(expected));
    expect(view.result!.total).toBe(view.result!.logs);
    expect(rows(file)).toHaveLength(view.result!.logs + 2);
  });

  test('nothing that was searched for, and no log, is in the history', async () => {
    const id = await order({ filter: { q: `"${canary}" OR timeout` }, limit: 10 });
    await reaches(id, is('done'));
    const history = await pipeline.temporal.workflow.getHandle(exportWorkflowId(topic, id)).fetchHistory();
    const text = JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(text).toContain('exportChunk');
    expect(text).not.toContain(canary);
    expect(text).not.toContain(documents[0]!.log.message);
    expect((await show(id)).asked).toMatchObject({ limit: 10 });
  });

  test('paused, and resumed over the same moment', async () => {
    const id = await order({});
    await ask('POST', `/logs/exports/${id}/pause`, { reason: 'a test' });
    const paused = await reaches(id, is('paused'));
    expect(paused.pause).toMatchObject({ reason: 'a test' });
    await ask('POST', `/logs/exports/${id}/resume`, {});
    await reaches(id, is('done'));
  });

  test('cancelled, with nothing left of it', async () => {
    // One that ends before it hears of it is no proof, and another is ordered.
    let [id, status] = ['', 'done'];
    for (let attempt = 0; attempt < 10 && status === 'done'; attempt += 1) {
      id = await order({});
      await reaches(id, ({ progress: { parts } }) => parts > 0);
      await ask('POST', `/logs/exports/${id}/cancel`, {}).catch(() => undefined);
      ({ status } = await reaches(id, (view) => view.status === 'cancelled' || view.status === 'done'));
    }
    expect(status).toBe('cancelled');
    expect(readdirSync(join(config.exports.folder, id)).sort()).toEqual(['order.json', 'state.json']);
    await expect(ask('GET', `/logs/exports/${id}/file`)).rejects.toThrow('export_not_done');
  });

  test('terminated by hand: it is stopped, and goes on where it was', async () => {
    const id = await order({});
    await reaches(id, ({ progress: { parts } }) => parts > 0);
    await pipeline.temporal.workflow.getHandle(exportWorkflowId(topic, id)).terminate('a test');
    const { progress } = await reaches(id, (view) => view.status === 'stopped' || view.status === 'done');
    expect(progress.parts).toBeGreaterThan(0);
    await ask('POST', `/logs/exports/${id}/resume`, {});
    const { restarts } = await reaches(id, is('done'));
    expect(restarts).toBe(0);
  });

  test('a folder that cannot be used holds it up with a code, and it goes on when it can', async () => {
    const id = await order({ limit: 50 });
    await reaches(id, is('done'));
    const path = join(config.exports.folder, id);
    const other = await order({ limit: 50, reason: 'held up' });
    await reaches(other, is('done'));
    rmSync(path, { recursive: true });
    await expect(show(id)).rejects.toThrow('export_not_found');
    rmSync(config.exports.folder, { recursive: true });
    writeFileSync(config.exports.folder, 'no folder');
    await expect(order({ limit: 5 })).rejects.toThrow('export_folder_unusable');
    rmSync(config.exports.folder);
    await reaches(await order({ limit: 5 }), is('done'));
    expect(existsSync(config.exports.folder)).toBe(true);
  });

  test('a view that is closed by Elasticsearch is gone, and said to be', async () => {
    const source = createExportSource(pipeline.elasticsearch, { indexPrefix: topic });
    const filter = { where: { kind: 'all' as const } };
    const { pit, total } = await source.freeze(filter);
    expect(total).toBeGreaterThanOrEqual(documents.length);
    const first = await source.page({ pit, filter, size: 10 });
    if (first === 'gone') throw new Error('gone');
    expect(first.logs).toHaveLength(10);
    await source.release(pit);
    expect(await source.page({ pit, filter, size: 10, after: first.after })).toBe('gone');
    await source.release(pit);
  });
});

const LATER = /later/;
let count = 0;

/** Logs that match most filters, with offsets of their own. */
function later(size: number): StoredDocument[] {
  return generateLogs(size, topic, 11).map((one) => {
    const kafka = { ...one.log.kafka, partition: 9, offset: count++ };
    const log = { ...one.log, message: `later ${one.log.message}`, kafka };
    return { ...one, id: documentId({ generation: 1, partition: 9, offset: kafka.offset }), log };
  });
}
