import { ReadAhead } from './read-ahead';

/** One partition of the reader. */
export interface Lane {
  ahead: ReadAhead;
  stopped: boolean;
  /** kafkajs delivered from another offset than the one asked for. */
  displaced: boolean;
  /** How often it was sent to an offset. */
  starts: number;
  /** A stretch without records that did not follow on what was read: its first offset, and `starts` when it came. */
  doubt: { at: number; start: number } | undefined;
  wake: () => void;
  lastUsed: number;
  lastDelivery: number;
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
    displaced: true,
    starts: 0,
    doubt: undefined,
    wake: () => undefined,
    lastUsed: Date.now(),
    lastDelivery: Date.now(),
    turn: Promise.resolve(),
    readsQueued: 0,
    supersede: () => undefined,
  };
}

/** Waits until the lane changes or `ms` pass. @throws the signal's reason when it aborts. */
export async function waitForChange(lane: Lane, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, Math.max(0, ms));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      lane.wake = () => undefined;
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    lane.wake = done;
  });
  signal.throwIfAborted();
}

/** Runs `use` when everybody who asked before is done. */
export async function takeTurn<T>(lane: Lane, use: (lane: Lane) => Promise<T>): Promise<T> {
  const before = lane.turn;
  let end = () => {};
  lane.turn = new Promise((resolve) => (end = resolve));
  await before;
  try {
    return await use(lane);
  } finally {
    end();
  }
}
