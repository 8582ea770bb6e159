import type { AppDeps } from '../../../src/api/ports';
import type { EpochRecord } from '../../../src/domain/epoch-record';
import { samples } from '../../support/samples';
import {
  client,
  documents,
  fakeOffsets,
  fakeRetention,
  fakeWorkflows,
  partitionState,
  supervisorState,
  testSettings,
} from '../fakes';
import { createMemoryLogSearch } from '../memory-log-search';

const configuration = (rulesHash: string) => () => ({ rulesHash, content: { retention_days: 7 } });
const record: EpochRecord = {
  ...{ topic: 'edge', epoch: 3, rulesHash: 'h3', recordedAt: '2026-11-24T12:00:00.000Z' },
  configuration: { formats: ['auto'] },
};

/** A second topic with one partition, one log, and what it was told. */
function edge(changes: Partial<AppDeps> = {}) {
  const workflows = fakeWorkflows(
    { 0: { execution: 'open', state: partitionState(0, 7, { topic: 'edge' }) } },
    {
      execution: 'open',
      state: supervisorState({ topic: 'edge', partitions: [0], epoch: { number: 3, rulesHash: 'h3' } }),
    },
  );
  const deps: Partial<AppDeps> = {
    settings: { ...testSettings, topic: 'edge', partitions: 1, isFirst: false, configuration: configuration('h3') },
    logs: createMemoryLogSearch(documents.slice(0, 1)),
    workflows,
    offsets: fakeOffsets([9]),
    epochs: { list: async () => [record] },
    ...changes,
  };
  return { deps, workflows };
}
const first = { settings: { ...testSettings, configuration: configuration('other') } };

describe('a request', () => {
  const { deps, workflows } = edge();
  const own = fakeWorkflows({ 0: { execution: 'open', state: partitionState(0, 90) } });
  const api = client({ ...first, workflows: own }, [deps]);

  it('is about the first topic unless it names one', async () => {
    expect((await api.get('/pipeline')).body.topic).toBe('logs');
    expect((await api.get('/pipeline?topic=logs')).body.topic).toBe('logs');
    const { body } = await api.get('/pipeline?topic=edge').expect(200);
    expect(body).toMatchObject({ topic: 'edge', totals: { produced: 9, indexed: 7 } });
    expect((await api.get('/pipeline/ledger?topic=edge')).body.topic).toBe('edge');
  });

  it('searches its topic alone, together with other parameters', async () => {
    expect((await api.get('/logs?size=5')).body.logs).toHaveLength(5);
    expect((await api.get('/logs?size=5&topic=edge')).body.logs).toHaveLength(1);
    const { id } = documents[1]!;
    await api.get(`/logs/${id}`).expect(200);
    await api.get(`/logs/${id}?topic=edge`).expect(404);
  });

  it('orders for its topic alone', async () => {
    const { body } = await api.post('/pipeline/pause?topic=edge').send({ reason: 'edge only' }).expect(200);
    expect(body.workflow_id).toBe('ingest/edge');
    expect(workflows.sent).toMatchObject([{ topic: 'edge', message: { name: 'pause', reason: 'edge only' } }]);
    expect(own.sent).toEqual([]);
  });

  it('is told addresses that lead to the same topic', async () => {
    const order = (address: string) => api.post(address).send({ request_id: 'one', dry_run: true }).expect(202);
    expect((await order('/retention/runs')).body.url).toBe('/retention/runs/one');
    expect((await order('/retention/runs?topic=edge')).body).toMatchObject({
      url: '/retention/runs/one?topic=edge',
      workflow_id: 'retention/edge/one',
    });
  });

  it.each([
    ['topic=nobody', 'there is no such topic; there are logs, edge'],
    ['topic=edge&topic=logs', 'must be given once'],
    ['topic=', 'there is no such topic; there are logs, edge'],
  ])('with %s is refused', async (query, detail) => {
    const { body } = await api.get(`/pipeline?${query}`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', errors: [{ parameter: 'topic', detail }] });
    await api.post(`/pipeline/pause?${query}`).send({}).expect(400);
  });

  it('that goes on in another topic is refused: a cursor is of its own', async () => {
    const { body } = await api.get('/logs?size=5').expect(200);
    await api.get(`/logs?size=5&cursor=${body.next_cursor}`).expect(200);
    await api.get(`/logs?size=5&topic=edge&cursor=${body.next_cursor}`).expect(400);
  });

  it('may name the topic where there is only one', async () => {
    await client().get('/pipeline?topic=logs').expect(200);
    await client().get('/pipeline?topic=edge').expect(400);
  });
});

describe('GET /topics', () => {
  it('lists them, and says whether the pipeline works with what the file says', async () => {
    const pipelineFile = { path: 'p.yaml', problem: 'p.yaml:1:1 topics: is bad' };
    const { body } = await client({ ...first, pipelineFile }, [edge().deps])
      .get('/topics')
      .expect(200);
    expect(body).toEqual({
      file: 'p.yaml',
      problem: 'p.yaml:1:1 topics: is bad',
      topics: [
        {
          topic: 'logs',
          first: true,
          rules_hash: 'other',
          epoch: 1,
          in_force: false,
          configuration: { retention_days: 7 },
        },
        {
          topic: 'edge',
          first: false,
          rules_hash: 'h3',
          epoch: 3,
          in_force: true,
          configuration: { retention_days: 7 },
        },
      ],
    });
  });

  it('without a file and without an answer', async () => {
    const workflows = { ...fakeWorkflows({}), supervisor: async () => ({ execution: 'unreachable' as const }) };
    const { body } = await client({ ...first, workflows })
      .get('/topics')
      .expect(200);
    expect(body).toMatchObject({ file: null, problem: null, topics: [{ epoch: null, in_force: null }] });
  });
});

describe('GET /pipeline/epochs', () => {
  it('tells with what the documents of each are made', async () => {
    const api = client(first, [edge().deps]);
    expect((await api.get('/pipeline/epochs').expect(200)).body).toEqual({ topic: 'logs', epochs: [] });
    expect((await api.get('/pipeline/epochs?topic=edge').expect(200)).body).toEqual({
      topic: 'edge',
      epochs: [{ epoch: 3, rules_hash: 'h3', recorded_at: record.recordedAt, configuration: { formats: ['auto'] } }],
    });
  });
});

describe('GET /metrics', () => {
  it('has all topics, each name once', async () => {
    const drift = async () => [{ where: 'w', path: 'p', shipped: 'a', found: null }];
    const retention = fakeRetention({ drift });
    const { text } = await client({ retention }, [edge({ retention }).deps])
      .get('/metrics')
      .expect(200);
    expect(samples(text)).toMatchObject({
      'sluice_next_offset{topic="logs",partition="0"}': 90,
      'sluice_next_offset{topic="edge",partition="0"}': 7,
      'sluice_source_up{server="kafka"}': 1,
      sluice_template_drift: 2,
    });
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(types).toEqual([...new Set(types)]);
  });

  it('says that a server is away where only one topic misses it', async () => {
    const letters = { countSettled: () => Promise.reject(new Error('away')) };
    const { text } = await client({}, [edge({ letters }).deps]).get('/metrics');
    expect(samples(text)['sluice_source_up{server="elasticsearch"}']).toBe(0);
  });
});
