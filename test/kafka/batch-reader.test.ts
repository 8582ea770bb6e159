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

  test('the end of a backlog does not wait for company until the linger is over', async () => {
    const large = createBatchReader(
      consumer.kafka,
      offsets,
      { topic: 'logs', groupId: 'sluice', readAheadBytes: 1e9 },
      createLogger('test', 'silent'),
    );
    offsets.high = 6000;
    consumer.highWatermark = 6000;
    const pulling = large.pull(0, 0, { ...LIMITS, maxRecords: 32_000, lingerMs: 60_000 }, never);
    await consumer.sought(1);
    const all = records(...Array.from({ length: 6000 }, (_, offset) => offset));
    await consumer.deliver(0, all.slice(0, 5500));
    const early = await Promise.race([pulling, new Promise((resolve) => setTimeout(resolve, 600, 'waits'))]);
    expect(early).toBe('waits');
    await consumer.deliver(5500, all.slice(5500));
    expect(await pulling).toMatchObject({ to: 6000 });
    await large.close();
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

  test('what is read makes it give up each time: the pull fails with the reason, instead of trying without end', async () => {
    const pulling = pull(5);
    await consumer.sought(1);
    consumer.crash(false);
    await consumer.sought(2);
    consumer.crash(false);
    await expect(pulling).rejects.toMatchObject({
      code: 'kafka_unavailable',
      message: 'reading breaks off each time: Error',
    });
    await expect(pull(5)).rejects.toMatchObject({ code: 'kafka_unavailable' });
    expect(consumer.connects).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const again = pull(5);
    await consumer.sought(3);
    await consumer.deliver(5, records(5));
    expect((await again).to).toBe(6);
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

/** Of the topic: deleted under the reader, whole or in part. */
describe('batch reader, on a topic that changes', () => {
  let consumer: FakeConsumer;
  let offsets: FakeOffsets;
  let reader: BatchReader;
  beforeEach(() => {
    consumer = new FakeConsumer();
    offsets = new FakeOffsets();
    const settings = { topic: 'logs', groupId: 'sluice', readAheadBytes: 1024 };
    reader = createBatchReader(consumer.kafka, offsets, settings, createLogger('test', 'silent'));
  });
  afterEach(() => reader.close());
  const slow = { ...LIMITS, lingerMs: 5000 };
  const gap = (from: number, to: number) => ({
    code: 'offset_out_of_range',
    options: { details: [{ from: String(from), to: String(to) }] },
  });

  test('pull: what had arrived before the rest was deleted is handed out, then the gap', async () => {
    const pulling = reader.pull(0, 5, slow, never);
    await consumer.sought(1);
    await consumer.deliver(5, records(5, 6, 7));
    offsets.low = 20;
    await consumer.deliver(20, records(20));
    expect(await pulling).toMatchObject({ records: [{ offset: 5 }, { offset: 6 }, { offset: 7 }], to: 8 });
    await expect(reader.pull(0, 8, slow, never)).rejects.toMatchObject(gap(8, 20));
  });

  test('read: the rest of the range was deleted between two fetches: the whole range is missing', async () => {
    const reading = reader.read(0, 5, 15, never);
    await consumer.sought(1);
    await consumer.deliver(5, records(5, 6, 7));
    offsets.low = 20;
    await consumer.deliver(20, records(20));
    await expect(reading).rejects.toMatchObject(gap(5, 20));
  });

  test('deleted up to the end: the gap ends there', async () => {
    offsets.low = 1000;
    await expect(reader.pull(0, 5, LIMITS, never)).rejects.toMatchObject(gap(5, 1000));
  });

  test('another id than expected: topic_recreated, whatever the offsets say, and nothing is read', async () => {
    offsets.low = 500;
    const pulling = reader.pull(0, 5, LIMITS, never, { topicId: 'zero' });
    await expect(pulling).rejects.toMatchObject({ code: 'topic_recreated' });
    expect(consumer.connects).toBe(0);
  });

  test('created anew under a consumer that does not notice: what it brings is not handed out', async () => {
    const context = { topicId: 'first' };
    const pulling = reader.pull(0, 5, LIMITS, never, context);
    await consumer.sought(1);
    offsets.id = 'second';
    await consumer.deliver(5, records(5));
    await expect(pulling).rejects.toMatchObject({ code: 'topic_recreated' });
    // Whoever comes with the new id gets the new records, even of the very offset that is held.
    const next = reader.pull(0, 6, LIMITS, never, { topicId: 'second' });
    await consumer.sought(2);
    await consumer.deliver(6, records(6));
    expect(await next).toMatchObject({ to: 7, topicId: 'second' });
  });

  test('created anew while nobody expects a certain topic: it is read from the offset again, of the new one', async () => {
    const pulling = reader.pull(0, 5, LIMITS, never);
    await consumer.sought(1);
    offsets.id = 'second';
    await consumer.deliver(5, records(5));
    await consumer.sought(2);
    await consumer.deliver(5, [kafkaRecord('new', { offset: 5 })]);
    expect(await pulling).toMatchObject({ topicId: 'second', records: [{ value: Buffer.from('new') }] });
  });

  test.each([
    ['the broker tells no ids', undefined, 'first'],
    ['no id was kept', 'first', undefined],
  ])('%s: the commit tells whether the topic is the same', async (_case, id, topicId) => {
    offsets.id = id;
    const context = { topicId, committed: '5' };
    const error = await reader.pull(0, 5, LIMITS, never, context).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'topic_recreated' });
    expect((error as Error).message).toContain('the commits of the group expired');
    offsets.commits.set(0, { offset: '5', metadata: '' });
    const pulling = reader.pull(0, 5, LIMITS, never, context);
    await consumer.sought(1);
    await consumer.deliver(5, records(5));
    expect((await pulling).to).toBe(6);
  });

  test('two partitions share the room; one alone has all of it', async () => {
    const value = 'x'.repeat(400);
    const big = (offset: number) => kafkaRecord(value, { offset });
    const alone = reader.pull(0, 0, { ...slow, maxRecords: 1 }, never);
    await consumer.sought(1);
    await consumer.deliver(0, [big(0), big(1)]);
    expect((await alone).to).toBe(1);
    expect(consumer.paused).toBe(false);
    await consumer.deliver(2, [big(2), big(3)]);
    expect(consumer.paused).toBe(true);
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

  test('only records of an open transaction are there: it waits and says so, without an alarm', async () => {
    const consumer = new FakeConsumer();
    const offsets = new FakeOffsets();
    offsets.stable = 5;
    const settings = { topic: 'logs', groupId: 'sluice', readAheadBytes: 64 };
    const reader = createBatchReader(consumer.kafka, offsets, settings, createLogger('test', 'silent'));
    const told: boolean[] = [];
    const context = { onOpenTransaction: (open: boolean) => void told.push(open) };
    const pulling = reader.pull(0, 5, { ...LIMITS, waitMs: 60_000 }, never, context);
    await consumer.sought(1);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(new Set(told)).toEqual(new Set([true]));
    offsets.stable = undefined;
    await jest.advanceTimersByTimeAsync(6000);
    expect(told.at(-1)).toBe(false);
    await consumer.deliver(5, records(5));
    await jest.advanceTimersByTimeAsync(1);
    expect((await pulling).to).toBe(6);
    expect(consumer.connects).toBe(1);
    await reader.close();
  });

  test('records come in after a long silence, just before a look at the broker: no alarm', async () => {
    const { consumer, offsets, reader, pulling } = await waiting(5);
    await jest.advanceTimersByTimeAsync(29_999);
    offsets.high = 6;
    await jest.advanceTimersByTimeAsync(10);
    await consumer.deliver(5, records(5));
    await jest.advanceTimersByTimeAsync(1);
    expect((await pulling).to).toBe(6);
    expect(consumer.connects).toBe(1);
    await reader.close();
  });

  test('nothing is there to arrive: it waits to the end, without an alarm', async () => {
    const { consumer, reader, pulling } = await waiting(5);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await pulling).toEqual({ records: [], to: 5, bytes: 0, topicId: 'first' });
    expect(consumer.connects).toBe(1);
    await reader.close();
  });

  test('offsets without a record at the end wait some seconds for company, and not for all of the pull', async () => {
    const { consumer, offsets, reader, pulling } = await waiting(5);
    await jest.advanceTimersByTimeAsync(20_000);
    offsets.high = 9;
    consumer.deliverNothing(5, 8);
    await jest.advanceTimersByTimeAsync(4900);
    expect(await Promise.race([pulling, Promise.resolve('waits')])).toBe('waits');
    await jest.advanceTimersByTimeAsync(200);
    expect(await pulling).toEqual({ records: [], to: 9, bytes: 0, topicId: 'first' });
    const next = reader.pull(0, 9, { ...LIMITS, waitMs: 60_000 }, never);
    consumer.deliverNothing(9, 9);
    await jest.advanceTimersByTimeAsync(3000);
    await consumer.deliver(10, records(10));
    await jest.advanceTimersByTimeAsync(1);
    expect(await next).toMatchObject({ records: [{ offset: 10 }], to: 11 });
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
