import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import fc from 'fast-check';
import supertest from 'supertest';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { createLogSearch } from '../../src/elasticsearch/search';
import { createTestApp } from '../api/fakes';
import { generateLogs } from '../api/generated-logs';
import { operationsOf, type OpenApiDocument, type Place } from '../api/documented/document';
import { noise } from '../api/random-noise';
import { figureQueries, pageQueries } from '../api/random-queries';
import { deleteIndices } from '../support/delete-indices';

const RUNS = Number(process.env['SLUICE_QUERY_FUZZ'] ?? 3000);
const AT_A_TIME = 8;
jest.setTimeout(120_000 + RUNS * 50);

const prefix = `fuzz-${randomUUID()}`;
let elasticsearch: Client;

beforeAll(async () => {
  elasticsearch = createElasticsearch({ url: process.env['SLUICE_TEST_ELASTICSEARCH_URL']!, requestTimeoutMs: 30_000 });
  const template = logTemplate({ indexPrefix: prefix, shards: 2, replicas: 0, refreshIntervalMs: 1000 });
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template });
  const operations = generateLogs(500, prefix).flatMap(({ id, index, log }) => [
    { index: { _index: index, _id: id } },
    log,
  ]);
  await elasticsearch.bulk({ operations, refresh: true });
});

afterAll(async () => {
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

/** Addresses of the log routes with anything as the value of any parameter, and with what queries are made of. */
function addresses(places: Place[]): fc.Arbitrary<string> {
  const anything = fc.constantFrom(...places).chain(({ path, operation }) => {
    const { parameters = [] } = operation;
    const value = ({ schema }: (typeof parameters)[number]) => fc.oneof(noise, fc.constant(exampleOf(schema)));
    const inQuery = parameters.filter((one) => one.in === 'query');
    const filled = fc
      .subarray(inQuery, { minLength: 1, maxLength: Math.min(3, inQuery.length) })
      .chain((some) => fc.tuple(...some.map((one) => value(one).map((text): [string, string] => [one.name, text]))));
    const inPath = parameters.find((one) => one.in === 'path');
    const place = inPath ? value(inPath).map((text) => path.replace(/\{\w+\}/, escaped(text))) : fc.constant(path);
    return fc
      .tuple(place, filled)
      .map(([at, pairs]) => `${at}?${pairs.map((pair) => pair.map(escaped).join('=')).join('&')}`);
  });
  const asked = noise.map((q) => `/logs?q=${escaped(q)}`);
  return fc.oneof({ weight: 3, arbitrary: anything }, { weight: 3, arbitrary: asked }, pageQueries, figureQueries);
}

function exampleOf({ example }: { example?: unknown }): string {
  return (Array.isArray(example) ? example : [example]).map(String).join(',');
}

/** Half a character cannot be sent. */
function escaped(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}

it(`answers ${RUNS} addresses that are made up with logs or with what is wrong, and never by failing`, async () => {
  const logs = createLogSearch(elasticsearch, { indexPrefix: prefix, queryTimeoutMs: 10_000 });
  const app = supertest(createTestApp({ logs }).listen(0, '127.0.0.1'));
  const { body } = await app.get('/openapi.json').expect(200);
  const document = body as OpenApiDocument;
  const places = operationsOf(document).filter(
    ({ method, path, operation }) =>
      // A stream or an export ends when it likes.
      method === 'get' &&
      /^\/(?:logs|requests)\b/.test(path) &&
      operation.responses['200']?.content?.['application/json'],
  );
  const seed = Number(process.env['SLUICE_QUERY_FUZZ_SEED'] ?? 1);
  const made = fc.sample(addresses(places), { numRuns: RUNS, seed });
  const wrong: string[] = [];
  const counts: Record<number, number> = {};
  const ask = async () => {
    for (let address = made.pop(); address !== undefined; address = made.pop()) {
      const { status } = await app.get(address).ok(() => true);
      counts[status] = (counts[status] ?? 0) + 1;
      if (status >= 500) wrong.push(`${status}: ${address}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, ask));
  expect(wrong).toEqual([]);
  // It would say little if nearly all were refused, or nearly none.
  expect(Math.min(counts[200] ?? 0, counts[400] ?? 0)).toBeGreaterThan(RUNS / 10);
});
