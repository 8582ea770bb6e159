import { randomUUID } from 'node:crypto';
import type { Batch, Kafka, KafkaMessage } from 'kafkajs';
import type { KafkaRecord } from '../domain/record';
import type { Logger } from '../logger';
import type { FetchedRange } from './decode-fetch';
import { withLeanFetch } from './lean-fetch';
import type { UnreadableBatch } from './unreadable-batch';

/** One fetch of a partition: it covers `fetchedFrom` up to, not including, `coveredTo`. */
export interface Delivery {
  partition: number;
  fetchedFrom: number;
  coveredTo: number;
  records: KafkaRecord[];
  /** Nothing stood behind it when it was fetched. */
  atEnd: boolean;
  /** The batch at `coveredTo`, when it cannot be read. */
  unreadable?: UnreadableBatch | undefined;
}

export interface RangeConsumerEvents {
  onDelivery(delivery: Delivery): void;
  /** The consumer joined its group, which forgets every position: start anew whatever is being read. */
  onJoin(): void;
  /** The consumer is gone for good. */
  onCrash(error: Error): void;
}

/** A consumer that reads any partition of a topic from any offset. */
export interface RangeConsumer {
  /** Delivers from `offset` on, until told to stop. */
  start(partition: number, offset: number): void;
  /** Goes on where it was stopped. */
  resume(partition: number): void;
  stop(partition: number): void;
  close(): Promise<void>;
}

/** How long a close waits for a restart of kafkajs's to come to an end. */
const RESTART_LIMIT_MS = 10_000;

/**
 * kafkajs has no call to fetch a range (kafkajs#373). This consumer sits alone in a private group, so it holds every
 * partition, and nobody else's death makes it rejoin; all partitions are paused and are read by seek and resume.
 * A seek takes about as long as the wait of the fetch under way, `maxWaitTimeInMs`.
 *
 * @throws KafkaJSError when no broker answers or the topic is missing
 */
export async function openRangeConsumer(
  kafka: Kafka,
  topic: string,
  events: RangeConsumerEvents,
  logger: Logger,
): Promise<RangeConsumer> {
  const consumer = withLeanFetch(kafka).consumer({
    groupId: `sluice-reader-${randomUUID()}`,
    allowAutoTopicCreation: false,
    // New partitions are seen this soon; kafkajs's own default is five minutes.
    metadataMaxAge: 10_000,
    maxWaitTimeInMs: 250,
    minBytes: 16 * 1024,
    maxBytesPerPartition: 2 * 1024 * 1024,
    maxBytes: 16 * 1024 * 1024,
    readUncommitted: false,
    retry: { restartOnFailure: async () => !closed },
  });
  let closed = false;
  // kafkajs may be about to start it again: it can be closed only once that has come to an end, one way or the other.
  let restarting = false;
  let ended = () => {};
  // Until it has joined, and while kafkajs starts it again after an error, it takes no order: `onJoin` says when.
  let joined = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    joined = true;
    restarting = false;
    ended();
    consumer.pause([{ topic }]);
    events.onJoin();
  });
  // Where kafkajs reads the records itself, a stretch of nothing but aborted or control records never reaches eachBatch; it
  // shows only in this event.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    // Without a first offset the fetch met only the compacted tail of a batch: kafkajs then steps on by one.
    const fetchedFrom = Number(payload.firstOffset ?? payload.lastOffset);
    const coveredTo = Number(payload.lastOffset) + 1;
    const atEnd = Number(payload.highWatermark) <= coveredTo;
    events.onDelivery({ partition: payload.partition, fetchedFrom, coveredTo, records: [], atEnd });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    joined = false;
    restarting = payload.restart;
    ended();
    if (payload.restart || closed) return;
    logger.warn({ error: payload.error.message }, 'kafka reader crashed');
    events.onCrash(payload.error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => events.onDelivery(toDelivery(batch)) });
  } catch (error) {
    closed = true;
    await consumer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    start(partition, offset) {
      if (!joined) return;
      consumer.seek({ topic, partition, offset: String(offset) });
      consumer.resume([{ topic, partitions: [partition] }]);
    },
    resume(partition) {
      if (joined) consumer.resume([{ topic, partitions: [partition] }]);
    },
    stop(partition) {
      if (joined) consumer.pause([{ topic, partitions: [partition] }]);
    },
    async close() {
      closed = true;
      if (restarting) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, RESTART_LIMIT_MS);
          ended = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      await consumer.disconnect();
    },
  };
}

function toDelivery(batch: Batch): Delivery {
  // Not in kafkajs's types, but the only word on where a fetch really started.
  const fetchedFrom = Number((batch as Batch & { fetchedOffset: string }).fetchedOffset);
  const messages = batch.messages as (KafkaMessage | FetchedRange)[];
  const records = messages.flatMap((one): KafkaRecord[] => ('records' in one ? one.records : [toRecord(one)]));
  const first = messages[0];
  const unreadable = first && 'records' in first ? first.unreadable : undefined;
  const coveredTo = unreadable ? Math.max(fetchedFrom, unreadable.from ?? 0) : Number(batch.lastOffset()) + 1;
  return {
    partition: batch.partition,
    fetchedFrom,
    coveredTo,
    atEnd: Number(batch.highWatermark) <= coveredTo,
    records: records.slice(firstFrom(records, fetchedFrom)),
    unreadable,
  };
}

/** A fetch brings whole record batches, from the one on that has the offset in it. */
function firstFrom(records: KafkaRecord[], offset: number): number {
  const first = records.findIndex((record) => record.offset >= offset);
  return first < 0 ? records.length : first;
}

/** As kafkajs reads a message, where it does so itself. */
function toRecord({ offset, timestamp, key, value, headers }: KafkaMessage): KafkaRecord {
  return {
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value,
    ...(headers && Object.keys(headers).length > 0 ? { headers } : {}),
  };
}
