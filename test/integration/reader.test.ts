import { CompressionTypes } from 'kafkajs';
import type { PipelineError } from '../../src/domain/errors';
import { FetchedRecord } from '../../src/kafka/fetched-record';
import { numbers } from '../support/kafka-topic';
import { closeReaders, LIMITS, never, openReader, pullTo, values } from '../support/topic-reader';
import { waitFor } from '../support/wait-for';

afterEach(closeReaders, 60_000);

const codeOf = (error: unknown) => (error as PipelineError).code;

describe('batch reader on the real Kafka: ranges', () => {
  test('records stay in the bytes of the answer: kafkajs reads none of them itself', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(10);
    const { records } = await reader.pull(0, 0, LIMITS, never);
    expect(records.filter((record) => record instanceof FetchedRecord)).toHaveLength(10);
  }, 30_000);

  test('pull: batches follow each other without a hole, within the record limit', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(250);
    const first = await reader.pull(0, 0, { ...LIMITS, maxRecords: 100 }, never);
    expect(values(first)).toEqual(numbers(0, 100));
    expect(first.to).toBe(100);
    expect(await pullTo(reader, 100, 250, { ...LIMITS, maxRecords: 100 })).toEqual(numbers(100, 250));
  }, 30_000);

  test('pull: a batch stops below the byte limit, and one larger record comes alone', async () => {
    const { topic, reader } = await openReader();
    await topic.write([4000, 4000, 4000, 50_000, 10].map((size) => ({ value: 'x'.repeat(size) })));
    const limits = { ...LIMITS, maxBytes: 10_000, lingerMs: 500 };
    const sizes: number[] = [];
    for (let next = 0; next < 5;) {
      const taken = await reader.pull(0, next, limits, never);
      sizes.push(taken.records.length);
      next = taken.to;
    }
    expect(sizes).toEqual([2, 1, 1, 1]);
  }, 30_000);

  test('read: any range, backwards too, as often as asked, with keys, headers and append times', async () => {
    const { topic, reader } = await openReader();
    const before = Date.now();
    await topic.write([{ key: 'k', value: 'v', headers: { trace: 'abc' } }, { key: null, value: null }, { value: '' }]);
    await topic.writeNumbers(97, 3);
    expect(values(await reader.read(0, 50, 100, never))).toEqual(numbers(50, 100));
    expect(values(await reader.read(0, 10, 12, never))).toEqual(['10', '11']);
    const again = await reader.read(0, 0, 3, never);
    expect(again).toEqual(await reader.read(0, 0, 3, never));
    expect(again).toMatchObject({ to: 3, bytes: 2 });
    const [first, tombstone, empty] = again.records;
    expect([String(first!.key), String(first!.headers?.['trace'])]).toEqual(['k', 'abc']);
    expect(first!.timestamp).toBeGreaterThanOrEqual(before - 1000);
    expect(tombstone!.value).toBeNull();
    expect(empty!.value).toEqual(Buffer.alloc(0));
  }, 30_000);

  test('read-ahead is bounded: more than it may hold is read all the same, in order', async () => {
    const { topic, reader } = await openReader(1, {}, 64 * 1024);
    for (let i = 0; i < 10; i += 1) {
      await topic.write(numbers(i * 20, i * 20 + 20).map((number) => ({ value: number.padStart(10_000, '0') })));
    }
    const taken = await reader.read(0, 0, 200, never);
    expect(values(taken).map(Number)).toEqual(numbers(0, 200).map(Number));
    expect(await pullTo(reader, 0, 200)).toHaveLength(200);
  }, 30_000);

  test.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])(
    '%s: a range that begins and ends inside compressed batches is exact',
    async (_name, compression) => {
      const { topic, reader } = await openReader();
      for (const first of [0, 50]) {
        await topic.write(
          numbers(first, first + 50).map((value) => ({ value })),
          0,
          compression,
        );
      }
      const taken = await reader.read(0, 30, 70, never);
      expect(values(taken)).toEqual(numbers(30, 70));
      expect(taken.to).toBe(70);
    },
    30_000,
  );
});

describe('batch reader on the real Kafka: waiting', () => {
  test('pull: a record that comes later ends the wait, and company within the linger comes along', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(1);
    await reader.pull(0, 0, LIMITS, never);
    const waiting = reader.pull(0, 1, { ...LIMITS, lingerMs: 3000 }, never);
    await topic.writeNumbers(1, 1);
    await topic.writeNumbers(1, 2);
    expect(values(await waiting)).toEqual(['1', '2']);
  }, 30_000);

  test('pull: nothing within the wait gives an empty range that stays where it is', async () => {
    const { reader } = await openReader();
    expect(await reader.pull(0, 0, { ...LIMITS, waitMs: 1000 }, never)).toMatchObject({ records: [], to: 0, bytes: 0 });
  }, 30_000);

  test('read: a waiting pull gives way, and goes on waiting where it was', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(10);
    const waiting = reader.pull(0, 10, LIMITS, never);
    expect(values(await reader.read(0, 2, 5, never))).toEqual(['2', '3', '4']);
    await topic.writeNumbers(1, 10);
    expect(values(await waiting)).toEqual(['10']);
  }, 30_000);

  test('pull: a newer pull of the same partition takes over, the older one says so', async () => {
    const { topic, reader } = await openReader();
    const older = reader.pull(0, 0, LIMITS, never).catch(codeOf);
    const newer = reader.pull(0, 0, LIMITS, never);
    expect(await older).toBe('superseded');
    await topic.writeNumbers(1);
    expect(values(await newer)).toEqual(['0']);
  }, 30_000);

  test('pull and read: an abort ends the wait with its reason, and the reader goes on', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(2);
    const controller = new AbortController();
    const waiting = reader.pull(0, 2, LIMITS, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(reader.pull(0, 0, LIMITS, controller.signal)).rejects.toThrow('enough');
    expect(values(await reader.pull(0, 0, LIMITS, never))).toEqual(['0', '1']);
  }, 30_000);

  test('partitions are read side by side, and one that is added later too', async () => {
    const { topic, reader, offsets } = await openReader(2);
    await topic.writeNumbers(1, 0, 0);
    await topic.writeNumbers(1, 1, 1);
    const both = await Promise.all([0, 1].map((partition) => reader.pull(partition, 0, LIMITS, never)));
    expect(both.flatMap(values)).toEqual(['0', '1']);
    await topic.admin.createPartitions({ topicPartitions: [{ topic: topic.name, count: 3 }] });
    await waitFor(async () => (await offsets.ends(topic.name)).has(2));
    const added = reader.pull(2, 0, LIMITS, never);
    const producer = await topic.producer();
    await producer.send({ topic: topic.name, messages: [{ partition: 2, value: 'new' }] });
    expect(values(await added)).toEqual(['new']);
  }, 60_000);
});
