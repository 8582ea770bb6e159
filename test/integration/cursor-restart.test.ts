import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { generateLogs } from '../api/generated-logs';
import { startApi } from '../support/api-process';
import { deleteIndices } from '../support/delete-indices';

jest.setTimeout(180_000);

const target = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;
const prefix = `cursors-${randomUUID()}`;
const folder = mkdtempSync(join(tmpdir(), 'sluice-cursor-'));
const file = join(folder, 'cursor-secret');
const documents = generateLogs(300, prefix);
let elasticsearch: Client;

beforeAll(async () => {
  elasticsearch = createElasticsearch({ url: target, requestTimeoutMs: 30_000 });
  const template = logTemplate({ indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  const operations = documents.flatMap(({ id: _id, index, log }) => [{ index: { _index: index, _id } }, log]);
  await elasticsearch.bulk({ operations, refresh: true });
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

/** The page behind a cursor, of an API process that was started for it and ends with it. */
async function page(cursor: string) {
  const api = await startApi({
    ...process.env,
    ...{ ELASTICSEARCH_URL: target, INDEX_PREFIX: prefix, API_CURSOR_SECRET_FILE: file },
    ...{ TEMPORAL_ADDRESS: '127.0.0.1:1', KAFKA_BROKERS: '127.0.0.1:1' },
  });
  const answer = await fetch(`${api.url}/logs?size=100&cursor=${cursor}`);
  const body = (await answer.json()) as { logs?: { id: string }[]; next_cursor: string; code?: string };
  await api.stop();
  return { status: answer.status, ids: body.logs?.map(({ id }) => id) ?? [], next: body.next_cursor, code: body.code };
}

it('pages go on over restarts of the API, and over a new secret as long as the old one is kept', async () => {
  const first = await page('*');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const old = readFileSync(file, 'utf8');

  const second = await page(first.next);
  writeFileSync(file, `a secret that was made after it\n${old}`);
  const third = await page(second.next);
  expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 200]);
  const ids = [first, second, third].flatMap((one) => one.ids);
  expect(ids).toHaveLength(300);
  expect(new Set(ids).size).toBe(300);

  writeFileSync(file, 'a secret that was made after it\n');
  expect(await page(second.next)).toMatchObject({ status: 400, code: 'invalid_parameter' });
  expect(await page(third.next)).toMatchObject({ status: 200, ids: [] });
});
