import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { createLogSearch } from '../../src/elasticsearch/search';
import { generateLogs } from '../api/generated-logs';
import { deleteIndices } from '../support/delete-indices';
import { ElasticsearchProxy } from '../support/elasticsearch-proxy';

jest.setTimeout(120_000);

const target = process.env['SLUICE_TEST_ELASTICSEARCH_URL']!;
const prefix = `new-${randomUUID()}`;
const ROUNDS = 15;
const all = { where: { kind: 'all' } } as const;
let elasticsearch: Client;

beforeAll(async () => {
  elasticsearch = createElasticsearch({ url: target, requestTimeoutMs: 30_000 });
  const template = logTemplate({ indexPrefix: prefix, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
  // For every index of this suite, whatever stands behind the prefix.
  await elasticsearch.indices.putIndexTemplate({ name: prefix, ...template, index_patterns: [`${prefix}-*`] });
});

afterAll(async () => {
  await deleteIndices(elasticsearch, prefix);
  await elasticsearch.indices.deleteIndexTemplate({ name: prefix });
  await elasticsearch.close();
});

function searches(client: Client, indexPrefix: string) {
  const logs = createLogSearch(client, { indexPrefix, queryTimeoutMs: 10_000 });
  return [
    () => logs.search({ filter: all, size: 10 }),
    () => logs.stats({ filter: all, nowMs: 0 }),
    () => logs.histogram({ filter: { ...all, fromMs: 0 }, nowMs: 3_600_000, timeZone: 'UTC', split: 'service' }),
    () => logs.facets({ filter: all, fields: ['service'], size: 5 }),
  ];
}

it('searches are answered while the first index of all is being made', async () => {
  let during = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const own = `${prefix}-${round}`;
    const [one] = generateLogs(1, own);
    let isMade = false;
    const making = elasticsearch
      .index({ index: one!.index, id: one!.id, document: one!.log })
      .finally(() => (isMade = true));
    for (let at = 0; !isMade; at += 1) {
      const all4 = searches(elasticsearch, own);
      expect(await all4[at % all4.length]!()).toMatchObject({ partial: false });
      during += 1;
    }
    await making;
  }
  expect(during).toBeGreaterThan(ROUNDS);
});

it('searches wait for shards that are not there yet, and say so when they do not come', async () => {
  const own = `${prefix}-late`;
  const [one] = generateLogs(1, own);
  await elasticsearch.index({ index: one!.index, id: one!.id, document: one!.log, refresh: true });
  const proxy = new ElasticsearchProxy(target);
  const client = createElasticsearch({ url: await proxy.open(), requestTimeoutMs: 30_000 });
  const error = {
    type: 'search_phase_execution_exception',
    root_cause: [{ type: 'no_shard_available_action_exception' }],
  };
  let missing = 0;
  proxy.intercept = () => (missing-- > 0 ? { status: 503, body: { error, status: 503 } } : undefined);
  for (const search of searches(client, own)) {
    missing = 4;
    expect(await search()).toMatchObject({ total: { value: 1 } });
  }
  missing = Infinity;
  await expect(searches(client, own)[0]!()).rejects.toMatchObject({
    code: 'elasticsearch_unavailable',
    message: expect.stringContaining('no_shard_available_action_exception'),
  });
  await client.close();
  await proxy.close();
});
