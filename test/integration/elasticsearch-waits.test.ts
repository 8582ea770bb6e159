import { Partitioners } from 'kafkajs';
import { logTemplate } from '../../src/elasticsearch/index-template';
import { imbalance } from '../../src/domain/ledger';
import { createTopics } from '../../src/kafka/create-topics';
import { supervisorWorkflowId } from '../../src/workflows/contract';
import { ElasticsearchProxy, type Fate, type Interception } from '../support/elasticsearch-proxy';
import { TestPipeline } from '../support/pipeline';
import { waitFor } from '../support/wait-for';

const COUNT = 200;
const DAY = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 0, 10, 12);

/** On a topic with CreateTime a test says which index a record belongs to. */
describe('Elasticsearch is unwilling: the partition waits and says why, and goes on by itself', () => {
  const pipeline = new TestPipeline({ KAFKA_OLDEST_DAY: '2020-01-01', INDEX_RETENTION_DAYS: '36500' });
  const proxy = new ElasticsearchProxy(process.env['SLUICE_TEST_ELASTICSEARCH_URL']!);
  const { elasticsearch, topic } = pipeline;
  const template = { indexPrefix: topic, shards: 1, replicas: 0, refreshIntervalMs: 1000 };
  let day = 0;
  let produced = [0, 0];
  let diskMonitorRests: Promise<unknown>;

  beforeAll(async () => {
    diskMonitorRests = restDiskMonitor();
    // It is waited for by the test that needs it.
    diskMonitorRests.catch(() => undefined);
    const admin = pipeline.kafka.admin();
    await admin.connect();
    const configEntries = [
      { name: 'message.timestamp.type', value: 'CreateTime' },
      // The records are of January: Kafka would delete them with its next look.
      { name: 'retention.ms', value: '-1' },
    ];
    await createTopics(admin, [{ topic, numPartitions: 2, configEntries }]);
    await admin.disconnect();
    pipeline.startWorker({ ELASTICSEARCH_URL: await proxy.open() });
    await waitFor(async () => (await pipeline.partitionState(1)).status === 'running', 90_000);
  }, 120_000);

  afterAll(async () => {
    await setDiskMonitor(null);
    await pipeline.close();
    await proxy.close();
  }, 60_000);

  const setDiskMonitor = (interval: string | null) =>
    elasticsearch.cluster.putSettings({ persistent: { 'cluster.info.update.interval': interval } });

  /**
   * Elasticsearch looks at its disks every 30 s and takes the block of a full one off when there is room. Looks once
   * more, as it had planned, and then no more while these tests last.
   */
  async function restDiskMonitor(): Promise<void> {
    await setDiskMonitor('1h');
    const index = `${topic}-disk-monitor`;
    await elasticsearch.indices.create({ index, settings: { 'index.blocks.read_only_allow_delete': true } });
    await waitFor(async () => {
      const found = await elasticsearch.indices.getSettings({ index, name: 'index.blocks.*', flat_settings: true });
      return found[index]?.settings === undefined;
    }, 60_000);
    await elasticsearch.indices.delete({ index });
  }

  /** The index of the records that a test is about, a new one for each. */
  function nextIndex(): { index: string; timestamp: number } {
    day += 2;
    const timestamp = FIRST_DAY + day * DAY;
    return { index: indexOf(timestamp), timestamp };
  }

  const indexOf = (timestamp: number) =>
    `${topic}-${new Date(timestamp).toISOString().slice(0, 10).replaceAll('-', '.')}`;

  async function produce(partition: number, timestamp: number): Promise<void> {
    const producer = pipeline.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const messages = Array.from({ length: COUNT }, (_, i) => ({
      partition,
      timestamp: String(timestamp),
      value: JSON.stringify({ service: 'auth', level: 'info', message: `record ${i}` }),
    }));
    await producer.send({ topic, messages });
    await producer.disconnect();
    produced = produced.map((count, one) => (one === partition ? count + COUNT : count));
  }

  const settled = (partition: number) =>
    waitFor(async () => {
      const state = await pipeline.partitionState(partition);
      return state.ledger.next === String(produced[partition]) && state;
    }, 60_000);

  /** Partition 0 meets the obstacle, partition 1 writes to an index of its own. */
  async function meet(timestamp: number, code: string, status: string): Promise<void> {
    const before = (await pipeline.partitionState(0)).ledger.next;
    await produce(0, timestamp);
    await produce(1, timestamp + DAY);
    const waiting = await waitFor(async () => {
      const state = await pipeline.partitionState(0);
      return state.waiting?.code === code && state;
    }, 45_000);
    expect(waiting).toMatchObject({ status, ledger: { next: before } });
    expect((await settled(1)).waiting).toBeUndefined();
    expect((await pipeline.partitionState(0)).ledger).toMatchObject({ next: before, deadLettered: 0 });
  }

  /** Once the cause is gone, every record is indexed, once. */
  async function goesOn(): Promise<void> {
    const [state] = await Promise.all([settled(0), settled(1)]);
    expect(state.status).toBe('running');
    for (const partition of [0, 1]) {
      const { ledger } = await pipeline.partitionState(partition);
      expect(ledger).toMatchObject({ deadLettered: 0, filtered: 0, void: 0, lostUpstream: 0 });
      expect(ledger.indexed + ledger.duplicate).toBe(produced[partition]);
      expect(imbalance(ledger)).toBe(0);
    }
  }

  const create = (index: string) => elasticsearch.indices.create({ index });
  const set = (index: string, settings: object) => elasticsearch.indices.putSettings({ index, settings });

  async function meetBlock(block: string): Promise<void> {
    const { index, timestamp } = nextIndex();
    await create(index);
    await set(index, { index: { [block]: true } });
    await meet(timestamp, 'index_blocked', 'blocked');
    await set(index, { index: { [block]: null } });
    await goesOn();
  }

  test('the index is read-only', () => meetBlock('blocks.write'), 180_000);

  test('the index is closed', async () => {
    const { index, timestamp } = nextIndex();
    await create(index);
    await elasticsearch.indices.close({ index });
    await meet(timestamp, 'index_blocked', 'blocked');
    await elasticsearch.indices.open({ index });
    await goesOn();
  }, 180_000);

  test('the index is over its limit of fields', async () => {
    const { index, timestamp } = nextIndex();
    // Without our template, whose mapping never grows.
    await elasticsearch.indices.deleteIndexTemplate({ name: `sluice-${topic}` });
    await elasticsearch.indices.create({ index, settings: { 'index.mapping.total_fields.limit': 1 } });
    await elasticsearch.indices.putIndexTemplate({ name: `sluice-${topic}`, ...logTemplate(template) });
    await meet(timestamp, 'index_blocked', 'blocked');
    await set(index, { 'index.mapping.total_fields.limit': 1000 });
    await goesOn();
  }, 180_000);

  test('the index is over the flood stage of the disk', async () => {
    await diskMonitorRests;
    await meetBlock('blocks.read_only_allow_delete');
  }, 240_000);

  test('the template is gone and the index may not be created', async () => {
    const { timestamp } = nextIndex();
    await create(indexOf(timestamp + DAY));
    await elasticsearch.indices.deleteIndexTemplate({ name: `sluice-${topic}` });
    const refuse = (value: string | null) =>
      elasticsearch.cluster.putSettings({ persistent: { 'action.auto_create_index': value } });
    await refuse(`-${topic}-*,+*`);
    try {
      await meet(timestamp, 'index_blocked', 'blocked');
      await elasticsearch.indices.putIndexTemplate({ name: `sluice-${topic}`, ...logTemplate(template) });
    } finally {
      await refuse(null);
    }
    await goesOn();
  }, 180_000);

  test('the index that records wait for is deleted, as by retention: it is made anew', async () => {
    const { index, timestamp } = nextIndex();
    await create(index);
    await set(index, { 'index.blocks.write': true });
    await meet(timestamp, 'index_blocked', 'blocked');
    await elasticsearch.indices.delete({ index });
    await goesOn();
    await elasticsearch.indices.refresh({ index });
    expect((await elasticsearch.count({ index })).count).toBe(COUNT);
  }, 180_000);

  const error = (status: number, type: string): Interception => ({ status, body: { error: { type }, status } });
  const throttledItems = (body: string): Interception => {
    const items = body.trimEnd().split('\n').length / 2;
    const item = { index: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'busy' } } };
    return { status: 200, body: { took: 1, errors: true, items: Array(items).fill(item) } };
  };

  test.each<[string, (body: string) => Interception, string, string]>([
    ['401', () => error(401, 'security_exception'), 'elasticsearch_denied', 'blocked'],
    ['403', () => error(403, 'security_exception'), 'elasticsearch_denied', 'blocked'],
    ['429', () => error(429, 'circuit_breaking_exception'), 'elasticsearch_throttled', 'throttled'],
    ['429 for each item', throttledItems, 'elasticsearch_throttled', 'throttled'],
    ['503', () => error(503, 'master_not_discovered_exception'), 'elasticsearch_unavailable', 'retrying'],
  ])(
    'bulk requests are answered with %s',
    async (_what, answer, code, status) => {
      const { index, timestamp } = nextIndex();
      proxy.intercept = (path, body) => (path.startsWith(`/${index}/_bulk`) ? answer(body) : undefined);
      try {
        await meet(timestamp, code, status);
      } finally {
        proxy.intercept = () => undefined;
      }
      await goesOn();
    },
    180_000,
  );

  const LATE_MS = 9000;

  test.each<[string, Fate, Fate]>([
    ['is down', 'cut', 'cut'],
    ['answers nothing to one partition, and does late what the other one has sent', 'swallowed', { lateMs: LATE_MS }],
  ])(
    'a pause holds while Elasticsearch %s: no bulk request begins from then on',
    async (_what, first, second) => {
      const { index, timestamp } = nextIndex();
      const other = indexOf(timestamp + DAY);
      const bulksOf = (name: string) => proxy.bulks.filter(({ path }) => path.startsWith(`/${name}/_bulk`));
      const states = () => Promise.all([pipeline.partitionState(0), pipeline.partitionState(1)]);
      const supervisor = pipeline.temporal.workflow.getHandle(supervisorWorkflowId(topic));
      await produce(0, timestamp - DAY);
      await produce(1, timestamp - DAY);
      await goesOn();
      proxy.fate = (path) => {
        if (first === 'cut' || path.startsWith(`/${index}/_bulk`)) return first;
        return path.startsWith(`/${other}/_bulk`) ? second : 'passed';
      };
      try {
        const before = (await states()).map(({ ledger }) => ledger.next);
        await produce(0, timestamp);
        await produce(1, timestamp + DAY);
        await waitFor(async () => {
          const met = [bulksOf(index), bulksOf(other)].map(({ length }) => length > 0);
          return (await states()).every(
            ({ waiting }, one) => met[one] || waiting?.code === 'elasticsearch_unavailable',
          );
        }, 60_000);
        await supervisor.signal('pause', { reason: 'Elasticsearch is being mended' });
        await waitFor(async () => (await states()).every(({ status }) => status === 'paused'), 25_000);
        const pausedAt = Date.now();
        const sentBefore = proxy.bulks.length;
        await new Promise((resolve) => setTimeout(resolve, 4000));
        expect(proxy.bulks.slice(sentBefore)).toEqual([]);
        expect((await states()).map(({ ledger }) => ledger.next)).toEqual(before);
        if (typeof second === 'object') {
          // What was sent before the pause may be done after it: nobody can take it back.
          await waitFor(async () => (await elasticsearch.count({ index: other, ignore_unavailable: true })).count > 0);
          expect(Math.max(...bulksOf(other).map(({ at }) => at))).toBeLessThan(pausedAt);
        }
      } finally {
        proxy.fate = () => 'passed';
        await supervisor.signal('resume');
      }
      await goesOn();
    },
    180_000,
  );
});
