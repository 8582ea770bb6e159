import type { Kafka } from 'kafkajs';
import { PipelineError } from '../domain/errors';
import { formatOffset, type OffsetGap } from '../domain/offsets';
import type { Logger } from '../logger';
import { openRangeConsumer, type Delivery, type RangeConsumer } from './range-consumer';
import { isTopicMissing, type OffsetReader } from './offsets';
import { newLane, takeTurn, waitForChange, type Lane } from './reader-lane';
import { ReadAhead, type TakeLimits, type Taken } from './read-ahead';

export interface PullLimits extends TakeLimits {
  /** How long the first record of a batch may wait for company, in ms. */
  lingerMs: number;
  /** How long to wait for a first record, in ms. */
  waitMs: number;
}

/** Reads any range of any partition of one topic, as often as asked. */
export interface BatchReader {
  /**
   * Waits for records from `from` on and takes a batch: at the first of maxRecords, maxBytes, and lingerMs after the
   * first record arrived. Without a record in `waitMs` the result is empty; its `to` is then behind `from` only if the
   * offsets in between have no record.
   *
   * @throws PipelineError offset_out_of_range when Kafka has deleted `from`, topic_recreated when it never had it,
   * kafka_unavailable, topic_missing, reader_stalled; the signal's reason when aborted.
   */
  pull(partition: number, from: number, limits: PullLimits, signal: AbortSignal): Promise<Taken>;
  /** Reads exactly the range from `from` up to, not including, `to`. Throws like `pull`. */
  read(partition: number, from: number, to: number, signal: AbortSignal): Promise<Taken>;
  close(): Promise<void>;
}

/** How often a waiting call looks at the broker's own offsets. */
const PROBE_INTERVAL_MS = 5000;
/** Records that the broker has and the consumer does not deliver for this long: the consumer is stuck. */
const STALL_MS = 15_000;
/** A lane that nobody asked for in this time gives its memory back. */
const LANE_IDLE_MS = 60_000;

/**
 * A reader that keeps what arrives in order per partition, so that reading on where the last range ended costs no
 * seek. kafkajs answers an offset that is out of range by starting elsewhere without a word (kafkajs#1119), so each
 * delivery is held against the offset asked for, and a difference is looked up at the broker before anything is taken.
 */
export function createBatchReader(
  kafka: Kafka,
  offsets: OffsetReader,
  settings: { topic: string; readAheadBytes: number },
  logger: Logger,
): BatchReader {
  const { topic } = settings;
  const lanes = new Map<number, Lane>();
  let consumer: Promise<RangeConsumer> | undefined;

  function ready(): Promise<RangeConsumer> {
    consumer ??= openRangeConsumer(kafka, topic, { onDelivery, onJoin, onLost }, logger).catch((error: unknown) => {
      consumer = undefined;
      throw new PipelineError('kafka_unavailable', 'no broker answers', { cause: error });
    });
    return consumer;
  }

  function onDelivery({ partition, fetchedFrom, coveredTo, records }: Delivery): void {
    const lane = lanes.get(partition);
    if (!lane || lane.displaced) return;
    const expected = lane.ahead.fetchFrom;
    lane.displaced = fetchedFrom !== expected;
    // A stretch without records names its own first offset, behind the one asked for where Kafka has compacted. It may
    // as well be what an earlier seek brought: it is believed when it comes again after the broker was asked.
    if (records.length === 0 && fetchedFrom > expected) {
      lane.displaced = lane.doubt?.at !== fetchedFrom || lane.doubt.start !== lane.starts - 1;
      lane.doubt = { at: fetchedFrom, start: lane.starts };
    }
    if (!lane.displaced && coveredTo > expected) {
      lane.ahead.add(records, coveredTo, Date.now());
      lane.lastDelivery = Date.now();
    }
    if (lane.displaced || lane.ahead.bytes >= settings.readAheadBytes) stop(partition, lane);
    lane.wake();
  }

  function onJoin(): void {
    for (const lane of lanes.values()) {
      lane.displaced = true;
      lane.wake();
    }
  }

  function onLost(): void {
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
    if (!lane.stopped || lane.displaced || lane.ahead.bytes > settings.readAheadBytes / 2) return;
    lane.stopped = false;
    (await ready()).resume(partition);
  }

  async function endOf(partition: number, offset: number): Promise<number> {
    const ends = await offsets.ends(topic).catch((error: unknown) => {
      if (isTopicMissing(error)) throw new PipelineError('topic_missing', `there is no topic ${topic}`);
      throw new PipelineError('kafka_unavailable', 'no broker answers', { cause: error });
    });
    const found = ends.get(partition);
    if (!found) throw new PipelineError('topic_missing', `topic ${topic} has no partition ${partition}`);
    if (offset < found.low) {
      throw deletedUpstream(offset, found.low);
    }
    if (offset > found.high) {
      throw recreated(offset);
    }
    return found.high;
  }

  function deletedUpstream(from: number, low: number): PipelineError {
    const gap: OffsetGap = { from: formatOffset(from), to: formatOffset(low) };
    return new PipelineError('offset_out_of_range', `Kafka has deleted offsets ${from} to ${low - 1}`, {
      details: [gap],
    });
  }

  function recreated(offset: number): PipelineError {
    return new PipelineError('topic_recreated', `offset ${offset} lies behind the end of its partition`);
  }

  async function standAt(partition: number, lane: Lane, from: number): Promise<void> {
    lane.lastUsed = Date.now();
    if (consumer && lane.ahead.next === from && !lane.displaced) return resumeIfRoom(partition, lane);
    await endOf(partition, from);
    const on = await ready();
    lane.ahead = new ReadAhead(from);
    lane.displaced = false;
    lane.starts += 1;
    lane.stopped = false;
    lane.lastDelivery = Date.now();
    on.start(partition, from);
  }

  async function probe(partition: number, lane: Lane): Promise<void> {
    const high = await endOf(partition, lane.ahead.fetchFrom);
    if (lane.stopped || lane.displaced || high <= lane.ahead.fetchFrom || Date.now() - lane.lastDelivery < STALL_MS)
      return;
    onLost();
    throw new PipelineError('reader_stalled', `nothing arrives at offset ${lane.ahead.fetchFrom} of ${high}`);
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
      lane.ahead = new ReadAhead(-1);
      lane.displaced = true;
    }
  }, LANE_IDLE_MS);
  sweeper.unref();

  return {
    async pull(partition, from, limits, outerSignal) {
      const deadline = Date.now() + limits.waitMs;
      // A partition has one writer, so of two pulls the older is a leftover.
      const superseded = new AbortController();
      laneOf(partition).supersede();
      laneOf(partition).supersede = () => superseded.abort(new PipelineError('superseded', 'a newer pull took over'));
      const signal = AbortSignal.any([outerSignal, superseded.signal]);
      // A waiting pull gives its turn to a call that knows what it wants, and asks again.
      for (;;) {
        const taken = await takeTurn(laneOf(partition), async (lane) => {
          signal.throwIfAborted();
          await standAt(partition, lane, from);
          let nextProbe = Date.now() + PROBE_INTERVAL_MS;
          for (;;) {
            if (lane.displaced) await standAt(partition, lane, from);
            lane.lastUsed = Date.now();
            const { waitingSince } = lane.ahead;
            const due = waitingSince === undefined ? deadline : waitingSince + limits.lingerMs;
            if (lane.ahead.fills(limits) || due <= Date.now()) return lane.ahead.take(limits);
            if (lane.readsQueued > 0) return undefined;
            if (nextProbe <= Date.now()) {
              await probe(partition, lane);
              nextProbe = Date.now() + PROBE_INTERVAL_MS;
              continue;
            }
            await waitForChange(lane, Math.min(due, nextProbe) - Date.now(), signal);
          }
        });
        if (taken) return taken;
      }
    },
    async read(partition, from, to, signal) {
      const asked = laneOf(partition);
      asked.readsQueued += 1;
      asked.wake();
      return takeTurn(asked, async (lane) => {
        lane.readsQueued -= 1;
        await standAt(partition, lane, from);
        // Whoever names a range has seen its end.
        if (!lane.ahead.covers(to) && (await endOf(partition, from)) < to) throw recreated(to);
        const all: Taken = { records: [], to: from, bytes: 0 };
        let nextProbe = Date.now() + PROBE_INTERVAL_MS;
        while (all.to < to) {
          if (lane.displaced) await standAt(partition, lane, all.to);
          const part = lane.ahead.take({ maxRecords: Infinity, maxBytes: Infinity, before: to });
          all.records.push(...part.records);
          all.bytes += part.bytes;
          all.to = part.to;
          await resumeIfRoom(partition, lane);
          if (all.to >= to) break;
          if (Date.now() >= nextProbe) {
            await probe(partition, lane);
            nextProbe = Date.now() + PROBE_INTERVAL_MS;
            continue;
          }
          await waitForChange(lane, nextProbe - Date.now(), signal);
        }
        return all;
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
