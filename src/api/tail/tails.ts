import type { Readable } from 'node:stream';
import type { Logger } from '../../logger';
import { searchDigest } from '../logs/cursor';
import type { LogFilter } from '../logs/ports';
import { Problem } from '../problem';
import type { TailStart } from './begin';
import { selectionOf, type TailEvents } from './events';
import { Feed } from './feed';
import { follow } from './follow';
import { formatPosition } from './position';
import type { TailSource } from './ports';
import type { LedgerReading } from './read-ledgers';
import { Tail } from './tail';
import { TurnTaker } from './turns';

export interface TailSettings {
  /** Streams that may be open. */
  maxTails: number;
  bufferBytes: number;
  maxBehind: number;
  /** A stream ends after so many milliseconds, and its client connects anew. */
  maxMs: number;
}

/** What the streams of this process have come to. */
export interface TailCounts {
  open: number;
  sent: number;
  dropped: number;
}

interface TailsDeps {
  settings: TailSettings;
  readLedgers: () => Promise<LedgerReading>;
  source: TailSource;
  logger: Logger;
  counts: TailCounts;
  /** Aborts when the process is to end: every stream ends then, and none begins. */
  stopping?: AbortSignal | undefined;
  times?: Partial<typeof TIMES>;
}

/** Milliseconds. */
const TIMES = {
  /** Between two rounds of the feed. */
  round: 500,
  /** Between two readings of the ledger. */
  ledger: 1000,
  /** How long a range may not add up before a refresh decides. */
  patience: 5000,
  heartbeat: 10_000,
  /** A client that takes nothing is cut after so long. */
  stall: 30_000,
  /** How often to look whether the keys that streams were opened with are still in force. */
  recheck: 2000,
  /** The feed outlives the last tail, so that clients who come and go do not make it begin anew. */
  linger: 30_000,
};
/** Searches of tails that lie behind, at a time. */
const TURNS = 4;

/** What a client asks for beside the logs that match, and whether it still may. */
export interface TailOptions {
  /** Paths of the fields to bring; all when absent. */
  fields?: readonly string[] | undefined;
  /** Asked every other second; the stream ends when the answer is no. */
  isAllowed?: (() => Promise<boolean>) | undefined;
}

interface OpenTail {
  controller: AbortController;
  isAllowed: TailOptions['isAllowed'];
}

/** All open streams of this process, and the one feed behind them. */
export class Tails {
  readonly #open = new Map<Tail, OpenTail>();
  readonly #turns = new TurnTaker(TURNS);
  readonly #times: typeof TIMES;
  #feed: Feed | undefined;
  #guarding = false;

  constructor(private readonly deps: TailsDeps) {
    this.#times = { ...TIMES, ...deps.times };
    deps.stopping?.addEventListener('abort', () => this.#endAll(), { once: true });
  }

  /**
   * Opens a stream of the logs that match; it ends when the client leaves, which the signal tells, or the process stops.
   *
   * @throws Problem too_many_tails
   */
  open(filter: LogFilter, start: TailStart, left: AbortSignal, { fields, isAllowed }: TailOptions = {}): Readable {
    const { settings, counts, stopping } = this.deps;
    if (stopping?.aborted) throw new Problem('too_many_tails', 'The API is stopping.');
    if (this.#open.size >= settings.maxTails) {
      throw new Problem('too_many_tails', `At most ${settings.maxTails} streams are open at a time.`);
    }
    const feed = (this.#feed ??= this.#startFeed());
    const limits = { bufferBytes: settings.bufferBytes, stallMs: this.#times.stall };
    const id = start.after ? formatPosition(start.after) : '';
    const hooks = { onSent: () => (counts.sent += 1), onBehind: (one: Tail) => feed.live.delete(one) };
    const key = searchDigest('tail', filter, undefined);
    const tail = new Tail(filter, key, limits, id, hooks, undefined, selectionOf(fields));
    const controller = new AbortController();
    this.#open.set(tail, { controller, isAllowed });
    if (isAllowed && !this.#guarding) void this.#guard();
    counts.open = this.#open.size;
    const over = setTimeout(() => end(tail, 'time_limit'), settings.maxMs).unref();
    const forget = () => {
      if (!this.#open.delete(tail)) return;
      clearTimeout(over);
      counts.open = this.#open.size;
      feed.live.delete(tail);
      controller.abort();
    };
    left.addEventListener('abort', forget, { once: true });
    tail.stream.once('close', forget);
    tail.sayRetry();
    tail.say('state', feed.state);
    const { maxBehind } = settings;
    const deps = {
      ...{ feed, source: this.deps.source, maxBehind },
      inTurn: <T>(search: () => Promise<T>) => this.#turns.run(search, controller.signal),
      onDropped: (offsets: number) => (counts.dropped += offsets),
    };
    void follow(tail, start, deps, controller.signal);
    return tail.stream;
  }

  #startFeed(): Feed {
    const { ledger: ledgerMs, patience: patienceMs } = this.#times;
    const feed = new Feed({ ...this.deps, clock: () => performance.now(), ledgerMs, patienceMs });
    feed.onState = (state) => {
      for (const tail of this.#open.keys()) tail.say('state', state);
    };
    void this.#run(feed);
    return feed;
  }

  async #run(feed: Feed): Promise<void> {
    const { round, heartbeat, linger } = this.#times;
    let beatAt = performance.now();
    let emptySince: number | undefined;
    while (!this.deps.stopping?.aborted) {
      await feed.round();
      const now = performance.now();
      if (now - beatAt >= heartbeat) {
        beatAt = now;
        this.#beat();
      }
      emptySince = this.#open.size > 0 ? undefined : (emptySince ?? now);
      if (emptySince !== undefined && now - emptySince >= linger) break;
      await new Promise((resolve) => setTimeout(resolve, round).unref());
    }
    if (this.#feed === feed) this.#feed = undefined;
  }

  /** Ends streams whose keys are in force no longer, while there are streams. */
  async #guard(): Promise<void> {
    this.#guarding = true;
    while (this.#open.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.#times.recheck).unref());
      for (const [tail, { isAllowed }] of this.#open) {
        if (isAllowed && !(await isAllowed())) end(tail, 'key_refused');
      }
    }
    this.#guarding = false;
  }

  #beat(): void {
    for (const tail of this.#open.keys()) {
      if (!tail.beat()) tail.stream.destroy();
    }
  }

  #endAll(): void {
    for (const tail of this.#open.keys()) end(tail, 'shutting_down');
  }
}

function end(tail: Tail, reason: TailEvents['end']['reason']): void {
  tail.say('end', { reason });
  tail.end();
}
