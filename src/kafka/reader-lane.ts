import { ReadAhead } from './read-ahead';

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
