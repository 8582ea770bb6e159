import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { KafkaRecord } from '../../src/domain/record';
import type { KafkaPartition } from './compare';

const TIME_LIMIT_MS = 60_000;

/**
 * Reads a whole topic with read_committed, straight from the broker and by nothing of Sluice's reader.
 *
 * @throws Error when the end is not reached in a minute
 */
export async function readTopic(kafka: Kafka, topic: string): Promise<KafkaPartition[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  const partitions = new Map<number, KafkaPartition & { covered: number }>();
  for (const { partition, low, high } of ends) {
    partitions.set(partition, { partition, low: Number(low), high: Number(high), records: [], covered: Number(low) });
  }
  await readUntilCovered(kafka, topic, partitions);
  return [...partitions.values()]
    .map(({ covered: _covered, ...partition }) => partition)
    .sort((a, b) => a.partition - b.partition);
}

async function readUntilCovered(
  kafka: Kafka,
  topic: string,
  partitions: Map<number, KafkaPartition & { covered: number }>,
): Promise<void> {
  const isDone = () => [...partitions.values()].every(({ covered, high }) => covered >= high);
  if (isDone()) return;
  const consumer = kafka.consumer({ groupId: `chaos-check-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const reached = deferred();
  const cover = (partition: number, to: number) => {
    const read = partitions.get(partition)!;
    read.covered = Math.max(read.covered, to);
    if (isDone()) reached.resolve();
  };
  // Aborted records and control records at the end reach no handler, only this event.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) cover(payload.partition, Number(payload.lastOffset) + 1);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) reached.reject(payload.error);
  });
  const timer = setTimeout(
    () => reached.reject(new Error(`topic ${topic} could not be read to its end`)),
    TIME_LIMIT_MS,
  );
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const read = partitions.get(batch.partition)!;
        for (const message of batch.messages) {
          const offset = Number(message.offset);
          if (offset < read.covered || offset >= read.high) continue;
          const { key, value, headers, timestamp } = message;
          read.records.push({ offset, timestamp: Number(timestamp), key, value, ...(headers ? { headers } : {}) });
        }
        cover(batch.partition, Number(batch.lastOffset()) + 1);
      },
    });
    await reached.promise;
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
}

/** A header of a record as text. */
export function headerOf(record: Pick<KafkaRecord, 'headers'>, name: string): string | undefined {
  const value = [record.headers?.[name]].flat()[0];
  return value === undefined ? undefined : value.toString();
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}
