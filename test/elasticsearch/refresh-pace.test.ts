import { errors, type Client } from '@elastic/elasticsearch';
import { createRefreshPace } from '../../src/elasticsearch/refresh-pace';

const SETTINGS = { indexPrefix: 'logs', refreshIntervalMs: 1000, backlogRefreshIntervalMs: 5000 };
const answered = (statusCode: number) =>
  new errors.ResponseError({ statusCode, body: {}, headers: {}, warnings: null, meta: {} as never });

/** Indices by name with their refresh interval, as Elasticsearch has them. */
function cluster(indices: Record<string, string>) {
  const state = { indices, asked: 0, failure: undefined as Error | undefined, onCreate: () => {}, hangs: false };
  const putSettings = async ({ index, settings }: { index: string; settings: { refresh_interval: string } }) => {
    state.asked += 1;
    if (state.hangs) await new Promise(() => undefined);
    if (state.failure) throw state.failure;
    if (state.indices[index] === undefined) throw answered(404);
    state.indices[index] = settings.refresh_interval;
  };
  const create = async ({ index, settings }: { index: string; settings: { refresh_interval: string } }) => {
    state.asked += 1;
    if (state.failure) throw state.failure;
    state.onCreate();
    if (state.indices[index] !== undefined) throw answered(400);
    state.indices[index] = settings.refresh_interval;
  };
  const getSettings = async () =>
    Object.fromEntries(
      Object.entries(state.indices).map(([name, value]) => [name, { settings: { 'index.refresh_interval': value } }]),
    );
  const client = { indices: { create, putSettings, getSettings } } as unknown as Client;
  return Object.assign(state, { client });
}

function open(indices: Record<string, string>, change: Partial<typeof SETTINGS> = {}) {
  const told: string[] = [];
  const logger = { info: () => undefined, warn: (_about: unknown, words: string) => void told.push(words) };
  const elasticsearch = cluster(indices);
  const pace = createRefreshPace(elasticsearch.client, { ...SETTINGS, ...change }, logger as never);
  return { elasticsearch, pace, told };
}

describe('how often an index is refreshed', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  test('less often while batches of a backlog come, and as before when there is none any more', async () => {
    const { elasticsearch, pace } = open({ 'logs-a': '1000ms', 'logs-b': '1000ms' });
    pace.relax('logs-a');
    await pass(1);
    expect(elasticsearch.indices).toEqual({ 'logs-a': '5000ms', 'logs-b': '1000ms' });
    for (let turn = 0; turn < 5; turn += 1) {
      await pass(3000);
      pace.relax('logs-a');
    }
    expect(elasticsearch.indices['logs-a']).toBe('5000ms');
    await pass(13_000);
    expect(elasticsearch.indices['logs-a']).toBe('1000ms');
    // Once, once more in case that another worker was done before us, and back.
    expect(elasticsearch.asked).toBe(3);
    await pace.close();
  });

  test('an index that is not there yet is made so, also when the first bulk request is faster', async () => {
    const { elasticsearch, pace } = open({});
    pace.relax('logs-a');
    await pass(1);
    expect(elasticsearch.indices).toEqual({ 'logs-a': '5000ms' });
    elasticsearch.onCreate = () => void (elasticsearch.indices['logs-b'] = '1000ms');
    pace.relax('logs-b');
    await pass(1);
    expect(elasticsearch.indices['logs-b']).toBe('5000ms');
    await pace.close();
    expect(elasticsearch.indices).toEqual({ 'logs-a': '1000ms', 'logs-b': '1000ms' });
  });

  test('what cannot be slowed down is tried again with the next batch', async () => {
    const { elasticsearch, pace } = open({ 'logs-a': '1000ms' });
    elasticsearch.failure = answered(503);
    pace.relax('logs-a');
    await pass(1);
    elasticsearch.failure = undefined;
    pace.relax('logs-a');
    await pass(1);
    expect(elasticsearch.indices['logs-a']).toBe('5000ms');
    await pace.close();
  });

  test('what cannot be set back now is set back later', async () => {
    const { elasticsearch, pace } = open({ 'logs-a': '1000ms' });
    pace.relax('logs-a');
    await pass(1);
    elasticsearch.failure = answered(503);
    await pass(15_000);
    expect(elasticsearch.indices['logs-a']).toBe('5000ms');
    elasticsearch.failure = undefined;
    await pass(3000);
    expect(elasticsearch.indices['logs-a']).toBe('1000ms');
    await pace.close();
  });

  test('a key that may not: said once, and left alone from then on', async () => {
    const { elasticsearch, pace, told } = open({ 'logs-a': '1000ms', 'logs-b': '1000ms' });
    elasticsearch.failure = answered(403);
    pace.relax('logs-a');
    pace.relax('logs-b');
    await pass(1);
    pace.relax('logs-a');
    await pass(60_000);
    expect(told).toHaveLength(1);
    expect(elasticsearch.asked).toBe(2);
    await pace.close();
  });

  test('what a killed process has left is set back, and nothing that somebody else has chosen', async () => {
    const { elasticsearch, pace } = open({ 'logs-a': '5000ms', 'logs-b': '30s', 'logs-c': '1000ms' });
    await pace.restore();
    expect(elasticsearch.indices).toEqual({ 'logs-a': '1000ms', 'logs-b': '30s', 'logs-c': '1000ms' });
    expect(elasticsearch.asked).toBe(1);
    await pace.close();
  });

  test('a process that ends while Elasticsearch hangs does not wait for it', async () => {
    const { elasticsearch, pace } = open({ 'logs-a': '1000ms' });
    pace.relax('logs-a');
    await pass(1);
    elasticsearch.hangs = true;
    jest.useRealTimers();
    await pace.close();
    expect(elasticsearch.indices['logs-a']).toBe('5000ms');
  });

  test('one that is refreshed as seldom anyway is left alone', async () => {
    const { elasticsearch, pace } = open({ 'logs-a': '5000ms' }, { refreshIntervalMs: 5000 });
    pace.relax('logs-a');
    await pace.restore();
    await pace.close();
    expect(elasticsearch.asked).toBe(0);
  });
});
