import { randomUUID } from 'node:crypto';
import type { PipelineError } from '../../src/domain/errors';
import { createBatchReader } from '../../src/kafka/batch-reader';
import { createTopics } from '../../src/kafka/create-topics';
import { createDeadLetterSink, type DeadLetter } from '../../src/kafka/dead-letters';
import { createOffsetMirror } from '../../src/kafka/offset-mirror';
import { isTopicMissing } from '../../src/kafka/kafka-errors';
import { createOffsetReader, type OffsetReader } from '../../src/kafka/offsets';
import { prepareTopics, type TopicSettings } from '../../src/kafka/topics';
import { silent, testKafka, TestTopic } from '../support/kafka-topic';
import { kafkaRecord } from '../support/records';
import { asItCame } from '../support/redaction';
import { waitFor } from '../support/wait-for';

const MIB = 1024 * 1024;
const kafka = testKafka();
const admin = kafka.admin();
// One for each test: kafkajs goes on asking for every topic that was asked for once, deleted ones too.
let offsets: OffsetReader;
beforeEach(() => void (offsets = createOffsetReader(kafka)));
afterEach(() => offsets.close(), 30_000);
const topics: string[] = [];
beforeAll(() => admin.connect(), 30_000);
afterAll(async () => {
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((name) => topics.includes(name)) });
  await admin.disconnect();
}, 30_000);

function topicSettings(change: Partial<TopicSettings> = {}): TopicSettings {
  const topic = `t-${randomUUID().slice(0, 8)}`;
  topics.push(topic, `${topic}.dead`);
  return {
    topic,
    deadLetterTopic: `${topic}.dead`,
    partitions: 3,
    replicationFactor: 1,
    retentionMs: 3_600_000,
    retentionBytes: 16 * MIB,
    ...change,
  };
}

async function configOf(topic: string, name: string): Promise<string | undefined> {
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: topic }] });
  return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
}

describe('prepareTopics on the real Kafka', () => {
  test('creates both topics as configured, twice at a time and again without a change', async () => {
    const settings = topicSettings();
    await Promise.all([prepareTopics(kafka, settings), prepareTopics(kafka, settings)]);
    await prepareTopics(kafka, { ...settings, partitions: 9 });
    expect(await offsets.partitions(settings.topic)).toEqual([0, 1, 2]);
    expect(await offsets.partitions(settings.deadLetterTopic)).toEqual([0]);
    expect(await configOf(settings.topic, 'message.timestamp.type')).toBe('LogAppendTime');
    expect(await configOf(settings.topic, 'retention.ms')).toBe('3600000');
    expect(Number(await configOf(settings.deadLetterTopic, 'max.message.bytes'))).toBe(1_048_588 + MIB);
  }, 30_000);

  test('a topic of the user’s with CreateTime: refused with the command that mends it, and accepted once it has', async () => {
    const settings = topicSettings();
    await createTopics(admin, [{ topic: settings.topic, numPartitions: 1 }]);
    const error = (await prepareTopics(kafka, settings).catch((reason: unknown) => reason)) as PipelineError;
    expect(error).toMatchObject({ code: 'create_time_topic', verdict: 'halt' });
    expect(error.message).toContain(
      `--alter --topic ${settings.topic} --add-config message.timestamp.type=LogAppendTime`,
    );
    await prepareTopics(kafka, { ...settings, oldestDay: '2026-01-01' });
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: settings.topic, configEntries }] });
    await prepareTopics(kafka, settings);
  }, 30_000);

  test('a dead-letter topic of the user’s that takes too little: refused with the command that mends it', async () => {
    const settings = topicSettings();
    await createTopics(admin, [{ topic: settings.deadLetterTopic, numPartitions: 1 }]);
    const error = (await prepareTopics(kafka, settings).catch((reason: unknown) => reason)) as PipelineError;
    expect(error).toMatchObject({ code: 'dead_letter_topic_limit', verdict: 'halt' });
    const [, entry] = /--alter --topic \S+ --add-config (\S+)$/.exec(error.message)!;
    const [name, value] = entry!.split('=');
    const configEntries = [{ name: name!, value: value! }];
    const resources = [{ type: 2, name: settings.deadLetterTopic, configEntries }];
    await admin.alterConfigs({ validateOnly: false, resources });
    await prepareTopics(kafka, settings);
  }, 30_000);

  test('dead letters take messages 1 MiB larger than the topic that is there', async () => {
    const settings = topicSettings();
    const configEntries = [
      { name: 'max.message.bytes', value: String(3 * MIB) },
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
    ];
    await createTopics(admin, [{ topic: settings.topic, configEntries }]);
    await prepareTopics(kafka, settings);
    expect(Number(await configOf(settings.deadLetterTopic, 'max.message.bytes'))).toBe(4 * MIB);
  }, 30_000);
});

describe('offset reader on the real Kafka', () => {
  test('no such topic: undefined, and errors where offsets are asked for', async () => {
    expect(await offsets.partitions('never-created')).toBeUndefined();
    const error: unknown = await offsets.ends('never-created').catch((reason: unknown) => reason);
    expect(isTopicMissing(error)).toBe(true);
  }, 30_000);

  test('ends follow what is written and deleted', async () => {
    const topic = await new TestTopic().open(2);
    await topic.writeNumbers(5, 0, 1);
    await topic.deleteBefore(2, 1);
    expect(await offsets.ends(topic.name)).toEqual(
      new Map([
        [0, { low: 0, stable: 0, high: 0 }],
        [1, { low: 2, stable: 5, high: 5 }],
      ]),
    );
    await topic.close();
  }, 30_000);
});

describe('offset mirror on the real Kafka', () => {
  test('two members commit for the same partitions side by side, and one goes on when the other leaves', async () => {
    const topic = await new TestTopic().open(2);
    const settings = { groupId: topic.name, topic: topic.name };
    const [one, two] = [createOffsetMirror(kafka, settings, silent), createOffsetMirror(kafka, settings, silent)];
    // While the group takes in the other member a commit may fail; the next one makes up for it.
    const commit = (mirror: typeof one, partition: number, offset: string) =>
      waitFor(() => mirror.commit(partition, offset, `by ${offset}`).then(() => true), 30_000);
    await commit(one, 0, '1');
    await commit(two, 0, '2');
    await commit(one, 1, '3');
    await two.close();
    await commit(one, 0, '4');
    expect(await offsets.committed(topic.name, topic.name)).toEqual(
      new Map([
        [0, { offset: '4', metadata: 'by 4' }],
        [1, { offset: '3', metadata: 'by 3' }],
      ]),
    );
    await one.close();
    await topic.close();
  }, 60_000);

  test('a partition that was added is committed for as well', async () => {
    const topic = await new TestTopic().open(1);
    const mirror = createOffsetMirror(kafka, { groupId: topic.name, topic: topic.name }, silent);
    await mirror.commit(0, '1', '');
    await topic.admin.createPartitions({ topicPartitions: [{ topic: topic.name, count: 2 }] });
    await waitFor(() => mirror.commit(1, '7', 'new').then(() => true));
    expect((await offsets.committed(topic.name, topic.name)).get(1)).toEqual({ offset: '7', metadata: 'new' });
    await mirror.close();
    await topic.close();
  }, 60_000);

  test('no such topic: kafka_unavailable, and closing is quiet', async () => {
    const mirror = createOffsetMirror(kafka, { groupId: 'nobody', topic: 'never-created' }, silent);
    await expect(mirror.commit(0, '1', '')).rejects.toMatchObject({ code: 'kafka_unavailable' });
    await mirror.close();
  }, 60_000);
});

describe('dead letters on the real Kafka', () => {
  const letter = (offset: number, change: Partial<DeadLetter['record']> = {}, detail = 'x'): DeadLetter => ({
    topic: 'logs',
    generation: 1,
    partition: 0,
    record: kafkaRecord('not json', { offset, ...change }),
    rejection: { code: 'invalid_json', field: 'a.b', detail },
  });

  /** Writes letters to a topic as `prepareTopics` makes it, and reads them back. */
  async function roundTrip(letters: DeadLetter[]) {
    const settings = topicSettings();
    await prepareTopics(kafka, settings);
    const sink = createDeadLetterSink(kafka, settings.deadLetterTopic, asItCame);
    await sink.write(letters);
    await sink.close();
    const reader = createBatchReader(
      kafka,
      offsets,
      { topic: settings.deadLetterTopic, groupId: 'none', readAheadBytes: MIB },
      silent,
    );
    const { records } = await reader.read(0, 0, letters.length, new AbortController().signal);
    await reader.close();
    return records;
  }

  test('a letter carries the bytes, key and headers of its record, its place and the reason', async () => {
    const bytes = Buffer.from([0, 255, 10, 128]);
    const headers = { trace: Buffer.from('abc'), many: ['1', '2'] };
    const detail = 'é'.repeat(3000);
    const [record] = await roundTrip([
      letter(7, { value: bytes, key: Buffer.from('k'), headers, timestamp: 42 }, detail),
    ]);
    expect(String(record!.key)).toBe('01-0000-0000000000000007');
    expect(record!.value).toEqual(bytes);
    const shown = Object.fromEntries(Object.entries(record!.headers!).map(([name, value]) => [name, String(value)]));
    expect(shown).toEqual({
      trace: 'abc',
      many: '1,2',
      'sluice.topic': 'logs',
      'sluice.generation': '1',
      'sluice.partition': '0',
      'sluice.offset': '7',
      'sluice.timestamp': '42',
      'sluice.reason': 'invalid_json',
      'sluice.field': 'a.b',
      'sluice.detail': 'é'.repeat(2000),
      'sluice.key': 'k',
    });
  }, 30_000);

  test('the largest record there can be, with a large key and large headers, still has room', async () => {
    const part = Buffer.alloc(300_000, 'x');
    const [record] = await roundTrip([letter(0, { value: part, key: part, headers: { big: part } })]);
    expect(record!.value).toHaveLength(part.length);
    const alone = await roundTrip([letter(0, { value: Buffer.alloc(MIB - 100) })]);
    expect(alone[0]!.value).toHaveLength(MIB - 100);
  }, 30_000);

  test('a record that came compressed and is larger than the topic takes is written, compressed too', async () => {
    const value = Buffer.alloc(8 * MIB, 'huge but regular ');
    const [record] = await roundTrip([letter(0, { value })]);
    expect(record!.value!.equals(value)).toBe(true);
  }, 30_000);

  test.each([
    [
      'records without a value but with headers of 10 KB',
      500,
      { value: Buffer.alloc(0), headers: { big: Buffer.alloc(10_000) } },
      'x',
    ],
    ['small records with long reasons', 3000, {}, 'x'.repeat(2000)],
  ])(
    '%s, more in all than one request may hold: all are written',
    async (_case, count, change, detail) => {
      const letters = Array.from({ length: count }, (_, offset) => letter(offset, change, detail));
      expect(await roundTrip(letters)).toHaveLength(count);
    },
    60_000,
  );

  test('no such topic: dead_letters_unavailable, and it works once the topic is there', async () => {
    const settings = topicSettings();
    const sink = createDeadLetterSink(kafka, settings.deadLetterTopic, asItCame);
    await expect(sink.write([letter(0)])).rejects.toMatchObject({ code: 'dead_letters_unavailable', verdict: 'retry' });
    await prepareTopics(kafka, settings);
    await sink.write([letter(0)]);
    await sink.close();
    expect((await offsets.ends(settings.deadLetterTopic)).get(0)?.high).toBe(1);
  }, 60_000);
});
