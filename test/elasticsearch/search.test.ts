import type { Client } from '@elastic/elasticsearch';
import { createLogSearch } from '../../src/elasticsearch/search';

/** A client that records what it is sent and gives one answer. */
function recordingClient(answer: object) {
  const sent: Record<string, unknown>[] = [];
  const search = async (body: Record<string, unknown>, options: Record<string, unknown>) => {
    sent.push({ ...body, options });
    return answer;
  };
  return { sent, client: { search } as unknown as Client };
}

const empty = {
  took: 1,
  timed_out: false,
  _shards: { failed: 0 },
  hits: { total: { value: 0, relation: 'eq' }, hits: [] },
};
const settings = { indexPrefix: 'logs', queryTimeoutMs: 2000 };
const request = { filter: {}, page: 3, size: 20 };

describe('the log search', () => {
  it('limits every query by time and asks only for our indices', async () => {
    const { client, sent } = recordingClient(empty);
    const logs = createLogSearch(client, settings);
    await logs.search(request);
    await logs.anomalies(request);
    await logs.stats({ filter: {}, nowMs: 0 });
    for (const body of sent) {
      expect(body).toMatchObject({
        index: 'logs-*',
        timeout: '2000ms',
        allow_no_indices: true,
        options: { requestTimeout: 3000 },
      });
    }
    expect(sent[0]).toMatchObject({ from: 40, size: 20 });
  });

  it('sends full text only to simple_query_string, without wildcards, fuzziness or fields', async () => {
    const { client, sent } = recordingClient(empty);
    await createLogSearch(client, settings).search({ ...request, filter: { text: 'a* b~9 level:x' } });
    const { query } = sent[0] as {
      query: { bool: { filter: { simple_query_string: { flags: string; fields: string[] } }[] } };
    };
    const { simple_query_string: text } = query.bool.filter[0]!;
    expect(text.fields).toEqual(['message']);
    expect(text.flags.split('|').filter((flag) => /PREFIX|FUZZY|SLOP|NEAR|ALL|ESCAPE/.test(flag))).toEqual([]);
  });

  it.each([
    ['ran out of time', { ...empty, timed_out: true }],
    ['lost a shard', { ...empty, _shards: { failed: 1 } }],
  ])('is partial, with a lower bound, when Elasticsearch %s', async (_, answer) => {
    const { client } = recordingClient({ ...answer, hits: { total: { value: 7, relation: 'eq' }, hits: [] } });
    const found = await createLogSearch(client, settings).search(request);
    expect(found).toMatchObject({ partial: true, total: { value: 7, relation: 'gte' } });
  });

  it('lets no field of a document pass for its id or index', async () => {
    const hits = [{ _id: 'real', _index: 'logs-2026.11.24', _source: { id: 'forged', index: 'forged', message: 'x' } }];
    const { client } = recordingClient({ ...empty, hits: { total: { value: 1, relation: 'eq' }, hits } });
    const { logs } = await createLogSearch(client, settings).search(request);
    expect(logs).toEqual([{ id: 'real', index: 'logs-2026.11.24', message: 'x' }]);
  });

  it('carries a silence up to now when the range has a start and no end', async () => {
    const none = { buckets: [] };
    const aggregations = {
      ...{ first: { value: null }, last: { value: null }, anomalies: { doc_count: 0 }, errors: { doc_count: 0 } },
      ...{ level: none, severity: none, service: none, path: none, error_code: none, status: none, time: none },
      ...{ no_status: { doc_count: 0 }, response_time: { values: { '50.0': null, '95.0': null, '99.0': null } } },
    };
    const { client } = recordingClient({ ...empty, aggregations });
    const stats = await createLogSearch(client, settings).stats({
      filter: { fromMs: 0 },
      intervalMs: 1000,
      nowMs: 5000,
    });
    expect(stats.histogram.buckets.map(({ startMs, count }) => [startMs, count])).toEqual(
      [0, 1000, 2000, 3000, 4000].map((start) => [start, 0]),
    );
  });
});
