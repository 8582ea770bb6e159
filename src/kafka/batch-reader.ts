import type { Kafka } from 'kafkajs';
import type { ReadContext } from '../activities/ports';
import { PipelineError } from '../domain/errors';
import type { Logger } from '../logger';
import { Crashes, kafkaFailure } from './kafka-errors';
import type { OffsetReader } from './offsets';
import { openRangeConsumer, type Delivery, type RangeConsumer } from './range-consumer';
import { ReadAhead, type TakeLimits, type Taken } from './read-ahead';
import { behindFor, endsBeforeUnreadable, newLane, receive, takeTurn, waitForChange, type Lane } from './reader-lane';
import { ReaderRoom } from './reader-room';
import { behindTheEnd, createTopicWatch, type ExpectedTopic } from './topic-watch';

export interface PullLimits extends TakeLimits {
  /** How long the first record of a batch may wait for company, in ms. */
  lingerMs: number;
  /** How long to wait for a first record, in ms. */
  waitMs: number;
}

/** What was taken, and the id of the topic it was taken from. */
export type Read = Taken & { topicId?: string };

/** Reads any range of any partition of one topic, as often as asked. */
export interface BatchReader {
  /**
   * Waits for records from `from` on and takes a batch: at the first of maxRecords, maxBytes, and lingerMs after the
   * first record arrived; earlier when no more would fit into memory, at the end of a backlog, or when all before `before` is there.
   * Without a record in `waitMs` it is empty; so it is after some seconds, with `to` behind them, for offsets that have none.
   *
   * @throws PipelineError offset_out_of_range when Kafka has deleted `from`, with the gap as its detail;
   * batch_unreadable when the batch with `from` cannot be read, with its range as its detail where its end is known;
   * topic_recreated when the topic is another one than expected or never had `from`; kafka_unavailable, topic_missing,
   * reader_stalled, superseded; the signal's reason when aborted.
   */
  pull(partition: number, from: number, limits: PullLimits, signal: AbortSignal, context?: ReadContext): Promise<Read>;
  /** Reads exactly the range from `from` up to, not including, `to`. Throws like `pull`. */
  read(partition: number, from: number, to: number, signal: AbortSignal, context?: ReadContext): Promise<Read>;
  close(): Promise<void>;
}

/** How often a waiting call looks at the broker's own offsets. */
const PROBE_INTERVAL_MS = 5000;
/** Records that the broker hands out and the consumer does not deliver for this long: the consumer is stuck. */
const STALL_MS = 15_000;
/** Offsets without a record (aborted, compacted, the end of a transaction) wait this long for one that takes them along. */
const EMPTY_LINGER_MS = 5000;
/** A partition that nobody asked for in this time gives its memory back. */
const LANE_IDLE_MS = 60_000;

/**
 * A reader that keeps what arrives in order per partition, so that reading on where the last range ended costs no
 * seek. kafkajs answers an offset that is out of range by starting elsewhere without a word (kafkajs#1119), so each
 * delivery is held against the offset asked for, and a difference is looked up at the broker before anything is taken.
 * Nor does it notice that a topic was created anew, so the topic's id is asked for after each take and before the
 * result is handed out.
 */
export function createBatchReader(
  kafka: Kafka,
  offsets: OffsetReader,
  settings: { topic: string; groupId: string; readAheadBytes: number },
  logger: Logger,
): BatchReader {
  const { topic } = settings;
  const lanes = new Map<number, Lane>();
  const room = new ReaderRoom(settings.readAheadBytes, lanes);
  const watch = createTopicWatch(offsets, settings);
  const crashes = new Crashes();
  let consumer: Promise<RangeConsumer> | undefined;

  function ready(): Promise<RangeConsumer> {
    crashes.demandCalm();
    consumer ??= openRangeConsumer(kafka, topic, { onDelivery, onJoin, onCrash }, logger).catch((error: unknown) => {
      consumer = undefined;
      throw kafkaFailure(error, 'no broker answers');
    });
    return consumer;
  }

  function onDelivery(delivery: Delivery): void {
    const { partition } = delivery;
    const lane = lanes.get(partition);
    if (!lane || lane.displaced) return;
    receive(lane, delivery);
    if (lane.displaced || room.isFull(lane)) stop(partition, lane);
    lane.wake();
  }

  const onJoin = () =>
    lanes.forEach((lane) => {
      lane.displaced = true;
      lane.wake();
    });

  function onCrash(error: Error): void {
    crashes.note(error);
    reopen();
  }

  function reopen(): void {
    const lost = consumer;
    consumer = undefined;
    void lost?.then((one) => one.close()).catch(() => undefined);
    onJoin();
  }

  function stop(partition: number, lane: Lane): void {
    lane.stopped = true;
    void consumer?.then((one) => one.stop(partition)).catch(() => undefined);
  }

  async function resumeIfRoom(partition: number, lane: Lane): Promise<void> {
    if (!lane.stopped || lane.displaced || !room.hasRoom(lane)) return;
    lane.stopped = false;
    (await ready()).resume(partition);
  }

  /** Sends the partition to an offset, unless it stands there or holds records from there on. */
  async function standAt(partition: number, lane: Lane, at: number, context: ReadContext, start = at): Promise<void> {
    lane.lastUsed = Date.now();
    // What is held of one topic must not pass for records of the next.
    if (context.topicId !== undefined && lane.topicId !== context.topicId) forget(lane);
    if (consumer && lane.ahead.next === at && !lane.displaced) return resumeIfRoom(partition, lane);
    if (lane.ahead.next === at && lane.ahead.count > 0) return;
    lane.topicId = (await watch.endsAt(partition, at, context, start)).topicId;
    const on = await ready();
    lane.ahead = new ReadAhead(at);
    lane.displaced = false;
    lane.behind = undefined;
    lane.starts += 1;
    lane.stopped = false;
    on.start(partition, at);
  }

  function forget(lane: Lane): void {
    lane.ahead = new ReadAhead(-1);
    lane.displaced = true;
  }

  async function confirmed(taken: Taken, expected: ExpectedTopic): Promise<Read> {
    const topicId = await watch.confirm(expected);
    return topicId === undefined ? taken : { ...taken, topicId };
  }

  /** Looks whether the broker would hand out what does not arrive. */
  async function probe(partition: number, lane: Lane, context: ReadContext): Promise<void> {
    const { fetchFrom } = lane.ahead;
    const { stable, high } = await watch.endsAt(partition, fetchFrom, context);
    context.onOpenTransaction?.(stable <= fetchFrom && high > fetchFrom);
    if (lane.stopped || lane.displaced || behindFor(lane, stable) < STALL_MS) return;
    reopen();
    throw new PipelineError('reader_stalled', `nothing arrives at offset ${fetchFrom} of ${stable}`);
  }

  function laneOf(partition: number): Lane {
    const lane = lanes.get(partition) ?? newLane();
    lanes.set(partition, lane);
    return lane;
  }

  const sweeper = setInterval(() => {
    for (const [partition, lane] of lanes) {
      if (Date.now() - lane.lastUsed < LANE_IDLE_MS) continue;
      stop(partition, lane);
      forget(lane);
    }
  }, LANE_IDLE_MS);
  sweeper.unref();

  return {
    async pull(partition, from, limits, outerSignal, context = {}) {
      const deadline = Date.now() + limits.waitMs;
      // A partition has one writer, so of two pulls the older is a leftover.
      const superseded = new AbortController();
      const lane = laneOf(partition);
      lane.supersede();
      lane.supersede = () => superseded.abort(new PipelineError('superseded', 'a newer pull took over'));
      const signal = AbortSignal.any([outerSignal, superseded.signal]);
      // A waiting pull gives its turn to a call that knows what it wants, and asks again.
      for (;;) {
        const taken = await takeTurn(lane, async () => {
          signal.throwIfAborted();
          await standAt(partition, lane, from, context);
          let nextProbe = Date.now() + PROBE_INTERVAL_MS;
          for (;;) {
            if (endsBeforeUnreadable(lane, from)) return lane.ahead.take(limits);
            if (lane.displaced) await standAt(partition, lane, from, context);
            lane.lastUsed = Date.now();
            const { emptySince = Infinity, count } = lane.ahead;
            const lonely = Math.min(deadline, emptySince + EMPTY_LINGER_MS);
            const due = lane.ahead.dueAt(limits.lingerMs) ?? lonely;
            // No more will come to what is here: it was cut off, or no more would fit.
            const ended =
              (count > 0 && (lane.displaced || lane.stopped)) || lane.ahead.covers(limits.before ?? Infinity);
            if (ended || lane.ahead.fills(limits) || due <= Date.now()) return lane.ahead.take(limits);
            if (lane.readsQueued > 0) return undefined;
            if (nextProbe <= Date.now()) {
              await probe(partition, lane, context);
              nextProbe = Date.now() + PROBE_INTERVAL_MS;
              continue;
            }
            await waitForChange(lane, Math.min(due, nextProbe) - Date.now(), signal);
          }
        });
        const read = taken && (await confirmed(taken, context));
        if (read && (lane.topicId === undefined || read.topicId === lane.topicId)) return read;
        // Nobody expected a certain topic, and it was created anew meanwhile: what was taken is of the one before.
        if (read) forget(lane);
      }
    },
    async read(partition, from, to, signal, context = {}) {
      const lane = laneOf(partition);
      lane.readsQueued += 1;
      lane.wake();
      return takeTurn(lane, async () => {
        lane.readsQueued -= 1;
        await standAt(partition, lane, from, context);
        if (!lane.ahead.covers(to)) {
          // Whoever names a range has seen its end.
          const { high } = await watch.endsAt(partition, from, context);
          if (high < to) throw behindTheEnd(to, high);
        }
        const all: Taken = { records: [], to: from, bytes: 0 };
        let nextProbe = Date.now() + PROBE_INTERVAL_MS;
        for (;;) {
          const last = endsBeforeUnreadable(lane, all.to);
          if (lane.displaced && !last) await standAt(partition, lane, all.to, context, from);
          const part = lane.ahead.take({ maxRecords: Infinity, maxBytes: Infinity, before: to });
          all.records.push(...part.records);
          all.bytes += part.bytes;
          all.to = part.to;
          await resumeIfRoom(partition, lane);
          if (all.to >= to) return confirmed(all, { topicId: context.topicId ?? lane.topicId });
          if (lane.displaced) continue;
          if (Date.now() >= nextProbe) {
            await probe(partition, lane, context);
            nextProbe = Date.now() + PROBE_INTERVAL_MS;
            continue;
          }
          await waitForChange(lane, nextProbe - Date.now(), signal);
        }
      });
    },
    async close() {
      clearInterval(sweeper);
      const open = consumer;
      consumer = undefined;
      await (await open?.catch(() => undefined))?.close();
    },
  };
}
