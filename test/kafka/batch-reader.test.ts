import { createBatchReader, type BatchReader } from '../../src/kafka/batch-reader';
import { createLogger } from '../../src/logger';
import { FakeConsumer, FakeOffsets } from '../support/fake-consumer';
import { kafkaRecord } from '../support/records';

const LIMITS = { maxRecords: 100, maxBytes: 1024 * 1024, lingerMs: 0, waitMs: 10_000 };
const never = new AbortController().signal;
const records = (...offsets: number[]) => offsets.map((offset) => kafkaRecord(`r${offset}`, { offset }));

/** What kafkajs does behind the reader's back, which no real broker does on demand. */
describe('batch reader', () => {
  let consumer: FakeConsumer;
  let offsets: FakeOffsets;
  let reader: BatchReader;
  beforeEach(() => {
    consumer = new FakeConsumer();
    offsets = new FakeOffsets();
    const settings = { topic: 'logs', groupId: 'sluice', readAheadBytes: 64 };
    reader = createBatchReader(consumer.kafka, offsets, settings, createLogger('test', 'silent'));
  });
  afterEach(() => reader.close());
  const pull = (from: number, change: Partial<typeof LIMITS> = {}) =>
    reader.pull(0, from, { ...LIMITS, ...change }, never);

  test('a delivery from the offset asked for is taken', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    await consumer.deliver(5, records(5, 7), 8);
    expect(await pulling).toMatchObject({ records: [{ offset: 5 }, { offset: 7 }], to: 9 });
    expect(consumer.seeks).toEqual([5]);
  });

  test('kafkajs starts elsewhere without a word, behind deleted offsets: offset_out_of_range, nothing is taken', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    offsets.low = 20;
    await consumer.deliver(20, records(20, 21));
    await expect(pulling).rejects.toMatchObject({ code: 'offset_out_of_range' });
  });

  test('kafkajs starts elsewhere, and only control records stand there: offset_out_of_range, nothing counts as void', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    offsets.low = 20;
    consumer.deliverNothing(20, 29);
    await expect(pulling).rejects.toMatchObject({ code: 'offset_out_of_range' });
  });

  test('a delivery that an earlier seek brought is thrown away, and the offset asked for again', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    await consumer.deliver(100, records(100));
    await consumer.sought(2);
    await consumer.deliver(5, records(5));
    expect(await pulling).toMatchObject({ records: [{ offset: 5 }], to: 6 });
    expect(consumer.seeks).toEqual([5, 5]);
  });

  test('control records that an earlier seek brought do not make the offsets before them void', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    consumer.deliverNothing(100, 109);
    await consumer.sought(2);
    await consumer.deliver(5, records(5));
    expect(await pulling).toMatchObject({ records: [{ offset: 5 }], to: 6 });
  });

  test('control records behind a compacted gap: believed when they come again after the broker was asked', async () => {
    const pulling = pull(5, { waitMs: 500 });
    await consumer.sought(1);
    consumer.deliverNothing(8, 9);
    await consumer.sought(2);
    expect(offsets.asked).toBe(2);
    consumer.deliverNothing(8, 9);
    expect(await pulling).toEqual({ records: [], to: 10, bytes: 0, topicId: 'first' });
  });

  test('the compacted tail of a batch is passed offset by offset, as kafkajs does', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    consumer.deliverNothing(null, 5);
    consumer.deliverNothing(null, 6);
    await consumer.deliver(7, records(7));
    expect(await pulling).toMatchObject({ records: [{ offset: 7 }], to: 8 });
    expect(consumer.seeks).toEqual([5]);
  });

  test('kafkajs joins its group anew, which forgets the position: the offset is asked for again', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    consumer.join();
    await consumer.sought(2);
    await consumer.deliver(5, records(5));
    expect((await pulling).to).toBe(6);
  });

  test('kafkajs gives up: a new consumer reads on', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    consumer.crash(false);
    await consumer.sought(2);
    await consumer.deliver(5, records(5));
    expect((await pulling).to).toBe(6);
    expect([consumer.connects, consumer.disconnects]).toEqual([2, 1]);
  });

  test('kafkajs restarts by itself: nothing is opened anew, and reading goes on after the join', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    consumer.crash(true);
    consumer.join();
    await consumer.sought(2);
    await consumer.deliver(5, records(5));
    expect((await pulling).to).toBe(6);
    expect(consumer.connects).toBe(1);
  });

  test('what arrived beyond the batch is kept: the next pull needs no seek', async () => {
    const pulling = pull(5, { maxRecords: 1 });
    await consumer.sought(1);
    await consumer.deliver(5, records(5, 6));
    await pulling;
    expect(await pull(6)).toMatchObject({ records: [{ offset: 6 }], to: 7 });
    expect(consumer.seeks).toEqual([5]);
  });

  test('the same range again: it is sought anew', async () => {
    const first = pull(5);
    await consumer.sought(1);
    await consumer.deliver(5, records(5));
    await first;
    const again = pull(5);
    await consumer.sought(2);
    await consumer.deliver(5, records(5));
    expect((await again).to).toBe(6);
  });

  test('more than may be read ahead stops the consumer, and room again resumes it', async () => {
    const pulling = pull(0, { maxRecords: 1 });
    await consumer.sought(1);
    const large = [0, 1].map((offset) => kafkaRecord('x'.repeat(40), { offset }));
    await consumer.deliver(0, large);
    await pulling;
    expect(consumer.paused).toBe(true);
    await pull(1);
    const next = pull(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(consumer.paused).toBe(false);
    await consumer.deliver(2, records(2));
    expect((await next).to).toBe(3);
    expect(consumer.seeks).toEqual([0]);
  });

  test('no broker answers the connection: kafka_unavailable, and the next call tries anew', async () => {
    consumer.failure = new Error('refused');
    await expect(pull(5)).rejects.toMatchObject({ code: 'kafka_unavailable' });
    const again = pull(5);
    await consumer.sought(1);
    await consumer.deliver(5, records(5));
    expect((await again).to).toBe(6);
  });

  test('the offsets cannot be asked for: kafka_unavailable', async () => {
    offsets.failure = new Error('refused');
    await expect(pull(5)).rejects.toMatchObject({ code: 'kafka_unavailable' });
  });

  test('a partition the topic does not have: topic_missing', async () => {
    await expect(reader.pull(3, 0, LIMITS, never)).rejects.toMatchObject({ code: 'topic_missing' });
  });

  test('read: a range that ends behind the partition is told at once', async () => {
    offsets.high = 9;
    await expect(reader.read(0, 5, 10, never)).rejects.toMatchObject({ code: 'topic_recreated' });
  });
});

describe('batch reader, while time passes', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  async function waiting(high: number) {
    const consumer = new FakeConsumer();
    const offsets = new FakeOffsets();
    offsets.high = high;
    const reader = createBatchReader(
      consumer.kafka,
      offsets,
      { topic: 'logs', groupId: 'sluice', readAheadBytes: 64 },
      createLogger('test', 'silent'),
    );
    const pulling = reader.pull(0, 5, { ...LIMITS, waitMs: 60_000 }, never);
    pulling.catch(() => undefined);
    await consumer.sought(1);
    return { consumer, offsets, reader, pulling };
  }

  test('records are there and do not arrive: reader_stalled, and the next call opens a new consumer', async () => {
    const { consumer, reader, pulling } = await waiting(10);
    await jest.advanceTimersByTimeAsync(21_000);
    await expect(pulling).rejects.toMatchObject({ code: 'reader_stalled', verdict: 'retry' });
    const again = reader.pull(0, 5, LIMITS, never);
    await consumer.sought(2);
    await consumer.deliver(5, records(5));
    await jest.advanceTimersByTimeAsync(1);
    expect((await again).to).toBe(6);
    expect(consumer.connects).toBe(2);
    await reader.close();
  });

  test('nothing is there to arrive: it waits to the end, without an alarm', async () => {
    const { consumer, reader, pulling } = await waiting(5);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await pulling).toEqual({ records: [], to: 5, bytes: 0, topicId: 'first' });
    expect(consumer.connects).toBe(1);
    await reader.close();
  });

  test('Kafka deletes what is waited for, and its end falls below: topic_recreated within a probe', async () => {
    const { offsets, reader, pulling } = await waiting(5);
    offsets.high = 0;
    await jest.advanceTimersByTimeAsync(6000);
    await expect(pulling).rejects.toMatchObject({ code: 'topic_recreated' });
    await reader.close();
  });

  test('a partition that nobody asks for gives its memory back, and is read from Kafka again', async () => {
    const { consumer, reader, pulling } = await waiting(1000);
    await consumer.deliver(5, records(5, 6));
    await jest.advanceTimersByTimeAsync(1);
    await pulling;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(consumer.paused).toBe(true);
    const again = reader.pull(0, 7, LIMITS, never);
    await consumer.sought(2);
    await consumer.deliver(7, records(7));
    await jest.advanceTimersByTimeAsync(1);
    expect((await again).to).toBe(8);
    await reader.close();
  });
});
