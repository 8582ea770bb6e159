import { createDiskWatch } from '../../src/elasticsearch/disk-watch';
import { createDriftCheck } from '../../src/elasticsearch/template-drift';
import { createExpiryLog } from '../../src/elasticsearch/expiry-log';
import { retentionScheduleId } from '../../src/domain/expiry';
import { dayOf } from '../../src/domain/retention';
import { createIndexMerge } from '../../src/elasticsearch/merge-past';
import { TestPipeline } from '../support/pipeline';
import { temporal } from '../support/temporal-cli';
import { waitFor } from '../support/wait-for';

describe('retention as a Temporal Schedule', () => {
  const pipeline = new TestPipeline();
  const { topic, elasticsearch } = pipeline;
  const scheduleId = retentionScheduleId(topic);
  const log = createExpiryLog(elasticsearch, { indexPrefix: topic });
  const schedule = () => pipeline.temporal.schedule.getHandle(scheduleId).describe();

  /** Documents of an old day, and of today, which stays. */
  async function fill(): Promise<void> {
    const of = (partition: number, offset: number, generation?: number) => ({
      kafka: { partition, offset, generation },
    });
    const logs = [of(0, 3), of(0, 9), of(1, 5), of(0, 2, 2)];
    for (const document of logs) await elasticsearch.index({ index: `${topic}-2020.01.01`, document });
    await elasticsearch.index({ index: `${topic}-2999.01.01`, document: of(0, 10) });
    const letter = { generation: 1, partition: 0, offset: 4, state: 'redriven' };
    await elasticsearch.index({ index: `dead-letters-${topic}-2020.01.01`, document: letter });
  }

  beforeAll(async () => {
    await pipeline.createTopic(2);
    pipeline.startWorker();
    await waitFor(schedule, 60_000);
    await fill();
  }, 90_000);
  afterAll(() => pipeline.close(), 60_000);

  test('paused by an operator it stays so over a worker’s restart', async () => {
    await temporal('schedule', 'toggle', '--schedule-id', scheduleId, '--pause', '--reason', 'wait for the audit');
    await pipeline.killWorker(pipeline.runningWorkers()[0]!);
    const updatedAt = (await schedule()).info.lastUpdatedAt;
    pipeline.startWorker();
    await waitFor(async () => (await schedule()).info.lastUpdatedAt?.getTime() !== updatedAt?.getTime(), 60_000);
    expect((await schedule()).state).toMatchObject({ paused: true, note: 'wait for the audit' });
  }, 90_000);

  test('a run deletes what is past its age, and records what went of each partition', async () => {
    await temporal('schedule', 'trigger', '--schedule-id', scheduleId);
    const records = await waitFor(async () => {
      const found = await log.list();
      return found.length === 2 && found;
    });
    const none = { documents: 1, settled: 0, generation: 1 };
    expect(records.find(({ kind }) => kind === 'logs')).toMatchObject({
      ...{ topic, index: `${topic}-2020.01.01`, day: '2020.01.01', documents: 4 },
      parts: [
        { ...none, partition: 0, documents: 2, from: '3', to: '10' },
        { ...none, partition: 1, from: '5', to: '6' },
        { ...none, generation: 2, partition: 0, from: '2', to: '3' },
      ],
    });
    expect(records.find(({ kind }) => kind === 'dead_letters')).toMatchObject({
      parts: [{ ...none, partition: 0, settled: 1, from: '4', to: '5' }],
    });
    const days = async () =>
      Object.keys(await elasticsearch.indices.get({ index: [`${topic}-2*`, `dead-letters-${topic}-2*`] })).sort();
    await waitFor(async () => (await days()).every((name) => !name.includes('2020')));
    expect(await days()).toContain(`${topic}-2999.01.01`);
  }, 60_000);

  test('a past day that is at rest is merged into one segment, by the run itself; one that is written to is not', async () => {
    const [rest, busy] = [`${topic}-2998.01.01`, `${topic}-2998.01.02`];
    const document = { kafka: { partition: 0, offset: 1 } };
    const segments = async (index: string) => {
      const { indices } = await elasticsearch.indices.stats({ index, metric: 'segments' });
      return indices![index]!.primaries!.segments!.count;
    };
    const fillUp = async (index: string) => {
      for (let count = 0; count < 3; count += 1) await elasticsearch.index({ index, document, refresh: true });
    };
    for (const index of [rest, busy]) await fillUp(index);
    expect(await segments(rest)).toBe(3);
    await elasticsearch.indices.flush({ index: rest });
    const { merge } = createIndexMerge(elasticsearch, topic);
    expect(await merge([])).toEqual([]);
    expect(await merge([`${topic}-2998.01.03`])).toEqual([]);
    expect(await merge([rest, busy])).toEqual([rest]);
    await waitFor(async () => (await segments(rest)) === 1);
    expect(await merge([rest, busy])).toEqual([]);
    expect(await segments(busy)).toBe(3);
    expect((await elasticsearch.count({ index: rest })).count).toBe(3);
    for (const index of [rest, busy]) await elasticsearch.indices.delete({ index });

    const yesterday = `${topic}-${dayOf(Date.now() - 25 * 3_600_000)}`;
    await fillUp(yesterday);
    await elasticsearch.indices.flush({ index: yesterday });
    await temporal('schedule', 'trigger', '--schedule-id', scheduleId);
    await waitFor(async () => (await segments(yesterday)) === 1, 30_000);
  }, 90_000);

  test('drift is found in the newest index and in what new ones would get; without any there is none', async () => {
    const settings = { indexPrefix: topic, shards: 1, replicas: 0, refreshIntervalMs: 1000 };
    const drift = createDriftCheck(elasticsearch, settings);
    await elasticsearch.indices.delete({ index: `${topic}-2999.01.01` });
    await elasticsearch.indices.create({ index: `${topic}-2999.01.02` });
    await elasticsearch.indices.create({ index: `dead-letters-${topic}-2999.01.02` });
    expect(await drift()).toEqual([]);
    expect((await createDriftCheck(elasticsearch, { ...settings, replicas: 1 })())[0]).toEqual({
      where: 'new indices',
      path: `${topic}.settings.index.number_of_replicas`,
      shipped: '1',
      found: '0',
    });
    const name = `other-${topic}`;
    const mappings = { dynamic: false as const, properties: { status_code: { type: 'keyword' as const } } };
    const template = { settings: { index: { number_of_shards: 1 } }, mappings };
    await elasticsearch.indices.putIndexTemplate({ name, index_patterns: [`${topic}-2*`], priority: 900, template });
    try {
      await elasticsearch.indices.create({ index: `${topic}-2999.01.03` });
      const found = (await drift()).filter(({ path }) => path.endsWith('properties.status_code.type'));
      expect(found.map(({ where, found: type }) => [where, type])).toEqual([
        ['new indices', 'keyword'],
        [`${topic}-2999.01.03`, 'keyword'],
      ]);
    } finally {
      await elasticsearch.indices.deleteIndexTemplate({ name });
    }
    const [disk] = await createDiskWatch(elasticsearch)();
    expect(disk!.totalBytes).toBeGreaterThan(disk!.floodBelowBytes);
    expect(disk!.floodBelowBytes).toBeGreaterThan(0);
  }, 60_000);
});
