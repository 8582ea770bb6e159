import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Admin } from 'kafkajs';
import { projectRoot } from '../../local/project';
import { loadConfig } from '../../src/config';
import { generate } from '../../src/generator/generate';
import { createKafka } from '../../src/kafka/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { fixRequestQueue } from '../../src/kafka/request-queue-fix';
import { createLogger } from '../../src/logger';
import { killServer, startServer } from '../support/servers';
import { waitFor } from '../support/wait-for';

const brokers = process.env['SLUICE_TEST_KAFKA_BROKERS']!;
const logger = createLogger('test', 'silent');
const kafka = createKafka({ brokers: [brokers], clientId: 'generator-test' }, logger);

let admin: Admin;
let topic: string;

const createTopic = (partitions: number) =>
  admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
const environment = (changed: Record<string, string>) => ({ KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic, ...changed });

async function countInTopic(): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}

/** Everything in the topic, and the partitions each key was seen in. */
async function readTopic() {
  const wanted = await countInTopic();
  const values: string[] = [];
  const partitions = new Map<string, Set<number>>();
  const consumer = kafka.consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      values.push(message.value!.toString());
      const key = message.key!.toString();
      partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
    },
  });
  await waitFor(async () => values.length >= wanted, 60_000);
  await consumer.disconnect();
  return { values, partitions };
}

/** The generator as a process of its own, its log lines parsed as they come. */
function startGenerator(changed: Record<string, string>) {
  const main = join('src', 'generator', 'main.ts');
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', main], {
    cwd: projectRoot(),
    env: { ...process.env, ...environment(changed) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: { msg: string; produced?: number }[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as (typeof lines)[number]));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = once(child, 'close') as Promise<[number | null]>;
  return {
    lines,
    errors: () => errors,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      return { code, acknowledged: lines.find(({ msg }) => msg === 'all logs are acknowledged')?.produced };
    },
    exited,
  };
}

describe('the generator on a real Kafka', () => {
  beforeAll(async () => {
    fixRequestQueue();
    await registerCodecs();
    admin = kafka.admin();
    await admin.connect();
  });
  beforeEach(() => {
    topic = `gen-${randomUUID().slice(0, 8)}`;
  });
  afterEach(async () => {
    if ((await admin.listTopics()).includes(topic)) await admin.deleteTopics({ topics: [topic] });
  });
  afterAll(() => admin.disconnect());

  test('stopped by SIGTERM under load, it exits 0, and what it says it produced is in the topic, each log once', async () => {
    await createTopic(4);
    const generator = startGenerator({ GENERATOR_RATE: '5000' });
    await waitFor(async () => (await countInTopic()) > 10_000);
    const { code, acknowledged } = await generator.stop();
    const { values, partitions } = await readTopic();
    expect([code, generator.errors()]).toEqual([0, '']);
    expect(values).toHaveLength(acknowledged!);
    expect(new Set(values).size).toBe(acknowledged);
    expect([...partitions.values()].filter(({ size }) => size > 1)).toEqual([]);
    expect(new Set([...partitions.values()].flatMap((some) => [...some]))).toEqual(new Set([0, 1, 2, 3]));
  }, 120_000);

  test('it outlives a broker that is killed with -9, and still every log is there once', async () => {
    await createTopic(4);
    const generator = startGenerator({ GENERATOR_RATE: '2000' });
    await waitFor(async () => (await countInTopic()) > 4000);
    await killServer('kafka');
    await waitFor(async () => generator.lines.some(({ msg }) => msg === 'kafka does not take logs, waiting'));
    await startServer('kafka');
    await waitFor(async () => generator.lines.some(({ msg }) => msg === 'kafka takes logs again'), 60_000);
    const before = await countInTopic();
    await waitFor(async () => (await countInTopic()) > before + 4000, 60_000);
    const { code, acknowledged } = await generator.stop();
    const { values } = await readTopic();
    expect([code, generator.errors()]).toEqual([0, '']);
    expect(values).toHaveLength(acknowledged!);
    expect(new Set(values).size).toBe(acknowledged);
  }, 240_000);

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'with compression %s it produces exactly the wanted count',
    async (compression) => {
      await createTopic(2);
      const settings = { GENERATOR_COUNT: '3000', GENERATOR_RATE: '0', GENERATOR_COMPRESSION: compression };
      const signal = new AbortController().signal;
      await expect(generate(loadConfig(environment(settings)), logger, signal)).resolves.toBe(3000);
      const { values } = await readTopic();
      expect(values).toHaveLength(3000);
      expect(values.every((value) => (JSON.parse(value) as { request_id: string }).request_id.length === 16)).toBe(
        true,
      );
    },
    60_000,
  );

  test('it waits for a topic that is missing, does not create it, and goes on when it is there', async () => {
    const generator = startGenerator({ GENERATOR_RATE: '0', GENERATOR_COUNT: '1000' });
    await waitFor(async () => generator.lines.some(({ msg }) => msg === 'topic is missing, waiting'));
    expect(await admin.listTopics()).not.toContain(topic);
    await createTopic(1);
    expect(await generator.exited).toContain(0);
    expect(await countInTopic()).toBe(1000);
  }, 60_000);

  test('it survives a topic that is deleted and made anew with fewer partitions', async () => {
    await createTopic(3);
    const stopping = new AbortController();
    const produced = generate(loadConfig(environment({ GENERATOR_RATE: '1000' })), logger, stopping.signal);
    await waitFor(async () => (await countInTopic()) > 500);
    await admin.deleteTopics({ topics: [topic] });
    await waitFor(async () => !(await admin.listTopics()).includes(topic));
    await createTopic(2);
    await waitFor(async () => (await countInTopic()) > 3000, 60_000);
    stopping.abort();
    expect(await produced).toBeGreaterThan(3000);
    const { values } = await readTopic();
    expect(new Set(values).size).toBe(values.length);
  }, 120_000);

  test('a scenario that does not exist ends it with one line that names the known ones', async () => {
    const generator = startGenerator({ GENERATOR_SCENARIOS: 'meteor' });
    expect(await generator.exited).toContain(1);
    expect(generator.errors()).toMatch(/^GENERATOR_SCENARIOS: "meteor" is not a scenario.*known: none, demo.*\n$/);
  }, 30_000);
});
