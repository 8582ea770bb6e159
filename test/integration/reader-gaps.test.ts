import { numbers } from '../support/kafka-topic';
import { closeReaders, failure, LIMITS, never, openReader, values } from '../support/topic-reader';
import { waitFor } from '../support/wait-for';

afterEach(closeReaders, 30_000);

describe('batch reader on the real Kafka: what is gone', () => {
  test('pull from an offset that Kafka has deleted: out of range, with exactly the missing offsets', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(10);
    await topic.deleteBefore(6);
    const error = await failure(reader.pull(0, 2, LIMITS, never));
    expect(error).toMatchObject({ code: 'offset_out_of_range', verdict: 'halt' });
    expect(error.options.details).toEqual([{ from: '2', to: '6' }]);
    expect(values(await reader.pull(0, 6, LIMITS, never))).toEqual(numbers(6, 10));
  }, 30_000);

  test('read of a range of which Kafka has deleted the beginning: out of range, nothing comes back', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(10);
    await reader.read(0, 0, 10, never);
    await topic.deleteBefore(5);
    expect((await failure(reader.read(0, 3, 8, never))).code).toBe('offset_out_of_range');
    expect(values(await reader.read(0, 5, 8, never))).toEqual(numbers(5, 8));
  }, 30_000);

  test('records deleted under a pull that waits at the end: it goes on there', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(10);
    const waiting = reader.pull(0, 10, LIMITS, never);
    await topic.deleteBefore(10);
    await topic.writeNumbers(1, 10);
    expect(values(await waiting)).toEqual(['10']);
  }, 30_000);

  test('pull behind the end of the partition: the topic is another one', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(3);
    expect(await failure(reader.pull(0, 4, LIMITS, never))).toMatchObject({ code: 'topic_recreated', verdict: 'halt' });
  }, 30_000);

  test('read of a range that ends behind the partition: the topic is another one', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(3);
    expect((await failure(reader.read(0, 0, 4, never))).code).toBe('topic_recreated');
  }, 30_000);

  test('the topic is deleted: topic_missing, which waits; created anew behind our offset: another topic', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(3);
    await reader.read(0, 0, 3, never);
    await topic.admin.deleteTopics({ topics: [topic.name] });
    await waitFor(async () => !(await topic.admin.listTopics()).includes(topic.name));
    expect(await failure(reader.pull(0, 1, LIMITS, never))).toMatchObject({ code: 'topic_missing', verdict: 'wait' });
    await topic.create(1);
    const recreated = await waitFor(async () => {
      const error = await failure(reader.pull(0, 3, LIMITS, never));
      return error.code === 'topic_missing' ? undefined : error;
    });
    expect(recreated.code).toBe('topic_recreated');
  }, 60_000);

  test('a partition that the topic does not have: topic_missing', async () => {
    const { reader } = await openReader();
    expect((await failure(reader.pull(7, 0, LIMITS, never))).code).toBe('topic_missing');
  }, 30_000);
});

describe('batch reader on the real Kafka: offsets without a record', () => {
  test('transactions: aborted records and markers are never seen, their offsets are covered', async () => {
    const { topic, reader } = await openReader();
    const producer = await topic.producer({ transactionalId: topic.name });
    const inTransaction = async (value: string, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({
        topic: topic.name,
        messages: [
          { partition: 0, value: `${value}1` },
          { partition: 0, value: `${value}2` },
        ],
      });
      await transaction[end]();
    };
    await inTransaction('a', 'commit');
    await inTransaction('b', 'abort');
    await inTransaction('c', 'commit');
    await inTransaction('d', 'abort');
    // Two records and a marker each.
    const all: string[] = [];
    let next = 0;
    while (next < 12) {
      const taken = await reader.pull(0, next, LIMITS, never);
      all.push(...values(taken));
      next = taken.to;
    }
    expect(all).toEqual(['a1', 'a2', 'c1', 'c2']);
    expect(next).toBe(12);
    expect(await reader.read(0, 3, 6, never)).toMatchObject({ records: [], to: 6, bytes: 0 });
    expect(values(await reader.read(0, 1, 8, never))).toEqual(['a2', 'c1', 'c2']);
    expect(values(await reader.read(0, 4, 7, never))).toEqual(['c1']);
  }, 60_000);

  test('two transactions that abort at the same time, read from within both: no record of either', async () => {
    const { topic, reader } = await openReader();
    const [one, other] = await Promise.all(
      ['one', 'other'].map(async (name) => {
        const producer = await topic.producer({ transactionalId: `${topic.name}-${name}` });
        return producer.transaction();
      }),
    );
    const write = (transaction: typeof one, value: string) =>
      transaction!.send({ topic: topic.name, messages: [{ partition: 0, value }] });
    for (const turn of [1, 2]) {
      await write(one, `one${turn}`);
      await write(other, `other${turn}`);
    }
    await other!.abort();
    await one!.abort();
    await topic.write([{ value: 'plain' }]);
    for (const from of [0, 1, 2, 3]) expect(values(await reader.read(0, from, 7, never))).toEqual(['plain']);
  }, 60_000);

  test('compaction: what is left is read once, the gaps are covered, at the edges of ranges too', async () => {
    const { topic, reader } = await openReader(1, {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'min.compaction.lag.ms': '0',
      'max.compaction.lag.ms': '100',
      'delete.retention.ms': '0',
    });
    // Of each batch the last records are written again later, so that its tail goes and its end stays.
    await topic.write(numbers(0, 10).map((key) => ({ key, value: key })));
    await topic.write(numbers(5, 15).map((key) => ({ key, value: key })));
    await topic.write(numbers(10, 20).map((key) => ({ key, value: key })));
    // A record whose arrival closes the segment, so that the cleaner may take it.
    let last = 29;
    const readAll = () => reader.read(0, 0, 30, never);
    const compacted = await waitFor(async () => {
      await topic.write([{ key: 'roll', value: 'roll' }]);
      last += 1;
      const taken = await readAll();
      return taken.records.length <= 20 ? taken : undefined;
    }, 90_000);
    expect(values(compacted)).toEqual([...numbers(0, 5), ...numbers(5, 10), ...numbers(10, 20)]);
    expect(compacted.to).toBe(30);
    expect(values(await reader.read(0, 7, 12, never))).toEqual(['5', '6']);
    let next = 0;
    const pulled: string[] = [];
    while (next < 30) {
      const taken = await reader.pull(0, next, { ...LIMITS, maxRecords: 3 }, never);
      pulled.push(...values(taken));
      next = taken.to;
    }
    expect(pulled.filter((value) => value !== 'roll')).toEqual(numbers(0, 20));
    expect(last).toBeGreaterThan(29);
  }, 120_000);
});
