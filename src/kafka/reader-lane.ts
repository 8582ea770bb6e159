import { PipelineError } from '../domain/errors';
import { formatOffset, type OffsetGap } from '../domain/offsets';
import type { Delivery } from './range-consumer';
import { ReadAhead } from './read-ahead';
import { UNREADABLE_READS, type UnreadableBatch } from './unreadable-batch';

/** One partition of the reader. */
export interface Lane {
  ahead: ReadAhead;
  /** No fetch of it is asked for. */
  stopped: boolean;
  /** Somebody waits for its records right now. */
  waiting: boolean;
  /** kafkajs delivered from another offset than the one asked for. */
  displaced: boolean;
  /** How often it was sent to an offset. */
  starts: number;
  /** A stretch without records that did not follow on what was read: its first offset, and `starts` when it came. */
  doubt: { at: number; start: number } | undefined;
  /** What stands at `from`, the next offset to be fetched, could not be read so many times. */
  broken: { batch: UnreadableBatch; from: number; reads: number } | undefined;
  wake: () => void;
  lastUsed: number;
  /** The offset at which the broker had more than arrived, and since when. */
  behind: { at: number; since: number } | undefined;
  /** Id of the topic that the lane was sent into. */
  topicId: string | undefined;
  /** Calls take turns: a lane stands at one offset at a time. */
  turn: Promise<void>;
  /** Reads of a known range that wait for their turn; a pull that waits for records lets them pass. */
  readsQueued: number;
  /** Ends the pull under way: a newer one has taken its place. */
  supersede: () => void;
}

/** A lane that stands nowhere yet. */
export function newLane(): Lane {
  return {
    ahead: new ReadAhead(-1),
    stopped: true,
    waiting: false,
    displaced: true,
    starts: 0,
    doubt: undefined,
    broken: undefined,
    wake: () => undefined,
    lastUsed: Date.now(),
    behind: undefined,
    topicId: undefined,
    turn: Promise.resolve(),
    readsQueued: 0,
    supersede: () => undefined,
  };
}

/** How long, in ms, the lane has stood at one offset while the broker hands out records up to `stable`; 0 at its end. */
export function behindFor(lane: Lane, stable: number): number {
  const at = lane.ahead.fetchFrom;
  if (stable <= at) lane.behind = undefined;
  else if (lane.behind?.at !== at) lane.behind = { at, since: Date.now() };
  return lane.behind ? Date.now() - lane.behind.since : 0;
}

/** Takes what follows on what is held. Anything else displaces the lane, and so does what cannot be read: it is fetched again. */
export function receive(lane: Lane, { fetchedFrom, coveredTo, records, atEnd, unreadable }: Delivery): void {
  const expected = lane.ahead.fetchFrom;
  lane.displaced = fetchedFrom !== expected;
  // A stretch without records names its own first offset, behind the one asked for where Kafka has compacted. It may
  // as well be what an earlier seek brought: it is believed when it comes again after the broker was asked.
  if (records.length === 0 && !unreadable && fetchedFrom > expected) {
    lane.displaced = lane.doubt?.at !== fetchedFrom || lane.doubt.start !== lane.starts - 1;
    lane.doubt = { at: fetchedFrom, start: lane.starts };
  }
  if (lane.displaced) return;
  if (coveredTo > expected) lane.ahead.add(records, coveredTo, Date.now(), atEnd);
  if (unreadable) noteUnreadable(lane, unreadable);
}

function noteUnreadable(lane: Lane, batch: UnreadableBatch): void {
  const from = lane.ahead.fetchFrom;
  const reads = lane.broken?.from === from ? lane.broken.reads + 1 : 1;
  lane.broken = { batch, from, reads };
  lane.displaced = true;
}

/**
 * True when the lane stands before a batch that cannot be read, and what is held of the offsets before it is all there is to be had.
 *
 * @param at the next offset that is wanted
 * @throws PipelineError batch_unreadable when it is of that very batch, with its range as its detail where its end is known;
 * kafka_unavailable when the broker does not say what is wrong
 */
export function endsBeforeUnreadable(lane: Lane, at: number): boolean {
  const { broken, ahead } = lane;
  if (!broken || broken.reads < UNREADABLE_READS || !lane.displaced || ahead.fetchFrom !== broken.from) return false;
  if (at < broken.from) return true;
  // Whoever asks again may find it mended.
  lane.broken = undefined;
  const { to, reason, passing } = broken.batch;
  const what = `the record batch at offset ${at} cannot be read: ${reason}`;
  if (passing) throw new PipelineError('kafka_unavailable', what);
  const details: OffsetGap[] = to !== undefined && to > at ? [{ from: formatOffset(at), to: formatOffset(to) }] : [];
  throw new PipelineError('batch_unreadable', what, { details });
}

/** Waits until the lane changes or `ms` pass. @throws the signal's reason when it aborts. */
export async function waitForChange(lane: Lane, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  lane.waiting = true;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, Math.max(0, ms));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      lane.wake = () => undefined;
      lane.waiting = false;
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    lane.wake = done;
  });
  signal.throwIfAborted();
}

/** Runs `use` when everybody who asked before is done. */
export async function takeTurn<T>(lane: Lane, use: () => Promise<T>): Promise<T> {
  const before = lane.turn;
  let end = () => {};
  lane.turn = new Promise((resolve) => (end = resolve));
  await before;
  try {
    return await use();
  } finally {
    end();
  }
}
