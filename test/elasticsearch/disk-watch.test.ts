import { createDiskWatch } from '../../src/elasticsearch/disk-watch';
import { FakeElasticsearch } from '../support/fake-elasticsearch';

const server = new FakeElasticsearch();
beforeAll(() => server.open());
afterAll(() => server.close());

const GIB = 2 ** 30;
const DEFAULTS = { low: '85%', high: '90%', flood_stage: '95%' };

function answer(freeGib: number, watermarks: Record<string, string>, totalGib = 100) {
  const named = Object.entries(watermarks).map(([name, value]) => [
    `cluster.routing.allocation.disk.watermark.${name}`,
    value,
  ]);
  const total = { total_in_bytes: totalGib * GIB, available_in_bytes: freeGib * GIB };
  server.answer = ({ path }) => ({
    body: path.startsWith('/_nodes')
      ? { nodes: { a: { name: 'one', fs: { total } } } }
      : { persistent: {}, transient: {}, defaults: Object.fromEntries(named) },
  });
}

test.each<[string, number, Record<string, string>, number, string]>([
  ['room', 20, DEFAULTS, 100, 'ok'],
  ['past the first', 14, DEFAULTS, 100, 'low'],
  ['past the second', 9, DEFAULTS, 100, 'high'],
  ['past the last', 4, DEFAULTS, 100, 'flood_stage'],
  ['shares', 9, { low: '0.85', high: '0.90', flood_stage: '0.95' }, 100, 'high'],
  ['free bytes', 9, { low: '10gb', high: '5gb', flood_stage: '1gb' }, 100, 'low'],
  [
    'a headroom on a large disk',
    900,
    { ...DEFAULTS, 'low.max_headroom': '200gb', 'high.max_headroom': '150gb' },
    10_000,
    'ok',
  ],
  ['no headroom', 900, DEFAULTS, 10_000, 'high'],
  ['a server that does not tell', 1, {}, 100, 'ok'],
])('%s: the last watermark that was passed', async (_case, free, watermarks, total, level) => {
  answer(free, watermarks, total);
  expect(await createDiskWatch(server.client)()).toMatchObject([{ node: 'one', level, totalBytes: total * GIB }]);
});

test('what the server refuses is one of our errors', async () => {
  server.answer = () => ({ status: 403, body: {} });
  await expect(createDiskWatch(server.client)()).rejects.toMatchObject({ code: 'elasticsearch_denied' });
});
