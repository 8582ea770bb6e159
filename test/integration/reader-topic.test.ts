import { createOffsetMirror } from '../../src/kafka/offset-mirror';
import { createOffsetReader } from '../../src/kafka/offsets';
import { createBatchReader } from '../../src/kafka/batch-reader';
import { numbers, silent, type TestTopic } from '../support/kafka-topic';
import { closeReaders, failure, LIMITS, never, openReader, values } from '../support/topic-reader';
import { waitFor } from '../support/wait-for';

afterEach(closeReaders, 30_000);

/** Deletes the topic and creates it again at once, with more records than it had. */
async function recreate(topic: TestTopic, records: number, partitions = 1): Promise<void> {
  await topic.admin.deleteTopics({ topics: [topic.name] });
  await waitFor(async () => !(await topic.admin.listTopics()).includes(topic.name));
  await topic.create(partitions);
  await waitFor(() => topic.writeNumbers(records).then(() => true));
}

describe('a topic that is deleted and created again, on the real Kafka', () => {
  test('under a waiting pull, refilled beyond its offset: topic_recreated; without an expectation it is read anew', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(3);
    const { topicId, to } = await reader.pull(0, 0, LIMITS, never);
    expect(topicId).toMatch(/^[\w-]{22}$/);
    const waiting = failure(reader.pull(0, to, LIMITS, never, { topicId }));
    await recreate(topic, 10);
    const error = await waitFor(async () => {
      const { code, message } = await waiting;
      if (code === 'topic_recreated') return message;
      // It may have looked while there was no topic: then the step is tried again, as here.
      expect(code).toBe('topic_missing');
      const again = await failure(reader.pull(0, to, LIMITS, never, { topicId }));
      return again.code === 'topic_recreated' ? again.message : undefined;
    });
    expect(error).toContain(topicId);
    const anew = await reader.pull(0, 0, LIMITS, never);
    expect(values(anew)).toEqual(numbers(0, 10));
    expect(anew.topicId).not.toBe(topicId);
  }, 90_000);

  test('while no reader runs, with fewer partitions: topic_recreated on those that are left and those that are not', async () => {
    const { topic, reader } = await openReader(3);
    await topic.writeNumbers(3);
    const { topicId } = await reader.pull(0, 0, LIMITS, never);
    await reader.close();
    await recreate(topic, 10, 1);
    const offsets = createOffsetReader(topic.kafka);
    const settings = { topic: topic.name, groupId: topic.name, readAheadBytes: 1024 };
    const next = createBatchReader(topic.kafka, offsets, settings, silent);
    for (const partition of [0, 2]) {
      expect((await failure(next.pull(partition, 0, LIMITS, never, { topicId }))).code).toBe('topic_recreated');
    }
    expect((await failure(next.read(0, 0, 3, never, { topicId }))).code).toBe('topic_recreated');
    await next.close();
    await offsets.close();
  }, 90_000);

  test('the commit dies with the topic, and the same member commits to the new one', async () => {
    const { topic, reader, offsets } = await openReader();
    await topic.writeNumbers(3);
    const mirror = createOffsetMirror(topic.kafka, { groupId: topic.name, topic: topic.name }, silent);
    await mirror.commit(0, '3', 'old');
    await recreate(topic, 10);
    expect((await offsets.committed(topic.name, topic.name)).size).toBe(0);
    // A state from before ids were kept: the commit is all that tells.
    expect((await failure(reader.pull(0, 3, LIMITS, never, { committed: '3' }))).code).toBe('topic_recreated');
    await waitFor(() => mirror.commit(0, '1', 'new').then(() => true));
    expect((await offsets.committed(topic.name, topic.name)).get(0)).toEqual({ offset: '1', metadata: 'new' });
    expect(values(await reader.pull(0, 3, LIMITS, never, { committed: '3' }))).toEqual(numbers(3, 10));
    await mirror.close();
  }, 90_000);
});

describe('open transactions on the real Kafka', () => {
  test('longer than the limit for a stalled reader: the wait is told, nothing is opened anew, then all comes', async () => {
    const { topic, reader, offsets } = await openReader();
    const producer = await topic.producer({ transactionalId: topic.name });
    const transaction = await producer.transaction();
    await transaction.send({ topic: topic.name, messages: [{ partition: 0, value: 'in' }] });
    await topic.write([{ value: 'behind' }]);
    expect((await offsets.ends(topic.name)).get(0)).toEqual({ low: 0, stable: 0, high: 2 });
    const told: boolean[] = [];
    const context = { onOpenTransaction: (waiting: boolean) => void told.push(waiting) };
    const pulling = reader.pull(0, 0, { ...LIMITS, waitMs: 60_000 }, never, context);
    await waitFor(() => Promise.resolve(told.length >= 4), 30_000);
    expect(new Set(told)).toEqual(new Set([true]));
    await transaction.commit();
    expect(values(await pulling)).toEqual(['in', 'behind']);
    // The marker at the end is no lag: the next pull waits behind it.
    expect(await reader.pull(0, 2, { ...LIMITS, waitMs: 1000 }, never)).toMatchObject({ records: [], to: 3 });
  }, 90_000);
});
