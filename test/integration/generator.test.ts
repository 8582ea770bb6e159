import { loadConfig } from '../../src/config';
import { generate } from '../../src/generator/generate';
import { GeneratorTopic } from '../support/generator-topic';
import { waitFor } from '../support/wait-for';

describe('the generator on a real Kafka', () => {
  let topic: GeneratorTopic;

  beforeEach(async () => {
    topic = await new GeneratorTopic().open();
  });
  afterEach(() => topic.close());

  test('stopped by SIGTERM under load, it exits 0, and what it says it produced is in the topic, each log once', async () => {
    await topic.create(4);
    const generator = topic.start({ GENERATOR_RATE: '5000' });
    await waitFor(async () => (await topic.count()) > 10_000);
    const { code, acknowledged } = await generator.stop();
    const { values, partitions } = await topic.read();
    expect([code, generator.errors()]).toEqual([0, '']);
    expect(values).toHaveLength(acknowledged!);
    expect(new Set(values).size).toBe(acknowledged);
    expect([...partitions.values()].filter(({ size }) => size > 1)).toEqual([]);
    expect(new Set([...partitions.values()].flatMap((some) => [...some]))).toEqual(new Set([0, 1, 2, 3]));
  }, 120_000);

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'with compression %s it produces exactly the wanted count',
    async (compression) => {
      await topic.create(2);
      const settings = { GENERATOR_COUNT: '3000', GENERATOR_RATE: '0', GENERATOR_COMPRESSION: compression };
      const signal = new AbortController().signal;
      await expect(generate(loadConfig(topic.environment(settings)), topic.logger, signal)).resolves.toBe(3000);
      const { values } = await topic.read();
      expect(values).toHaveLength(3000);
      expect(values.every((value) => (JSON.parse(value) as { request_id: string }).request_id.length === 16)).toBe(
        true,
      );
    },
    60_000,
  );

  test('it waits for a topic that is missing, does not create it, and goes on when it is there', async () => {
    const generator = topic.start({ GENERATOR_RATE: '0', GENERATOR_COUNT: '1000' });
    await waitFor(async () => generator.lines.some(({ msg }) => msg === 'topic is missing, waiting'));
    expect(await topic.admin.listTopics()).not.toContain(topic.name);
    await topic.create(1);
    expect(await generator.exited).toContain(0);
    expect(await topic.count()).toBe(1000);
  }, 60_000);

  test('it survives a topic that is deleted and made anew with fewer partitions', async () => {
    await topic.create(3);
    const stopping = new AbortController();
    const produced = generate(loadConfig(topic.environment({ GENERATOR_RATE: '1000' })), topic.logger, stopping.signal);
    await waitFor(async () => (await topic.count()) > 500);
    await topic.admin.deleteTopics({ topics: [topic.name] });
    await waitFor(async () => !(await topic.admin.listTopics()).includes(topic.name));
    await topic.create(2);
    await waitFor(async () => (await topic.count()) > 3000, 60_000);
    stopping.abort();
    expect(await produced).toBeGreaterThan(3000);
    const { values } = await topic.read();
    expect(new Set(values).size).toBe(values.length);
  }, 120_000);

  test('a scenario that does not exist ends it with one line that names the known ones', async () => {
    const generator = topic.start({ GENERATOR_SCENARIOS: 'meteor' });
    expect(await generator.exited).toContain(1);
    expect(generator.errors()).toMatch(/^GENERATOR_SCENARIOS: "meteor" is not a scenario.*known: none, demo.*\n$/);
  }, 30_000);
});
