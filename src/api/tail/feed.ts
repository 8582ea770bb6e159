import { PipelineError } from '../../domain/errors';
import type { Logger } from '../../logger';
import type { LogFilter } from '../logs/ports';
import { Problem } from '../problem';
import { deliver } from './deliver';
import type { Selection, TailEvents } from './events';
import { formatPosition, type Position } from './position';
import type { TailRange, TailSource } from './ports';
import type { LedgerReading } from './read-ledgers';
import { Watermark, type PendingRange } from './watermark';

/** A tail that has been given everything up to the watermark. */
export interface LiveTail {
  readonly filter: LogFilter;
  /** The same for equal filters. */
  readonly key: string;
  readonly selection: Selection;
  /** @returns false when the tail takes nothing any more and has left the feed */
  offer(text: string, id: string): boolean;
  /** Everything up to this place has been offered. */
  moveOn(id: string): void;
  /** A range of what comes next never added up. */
  noteIncomplete(note: Incomplete): void;
  /** It has missed something: it has left the feed, and reads on from the place it was told last. */
  fallBehind(): void;
}

export interface FeedDeps {
  readLedgers: () => Promise<LedgerReading>;
  source: TailSource;
  logger: Logger;
  /** Monotonic milliseconds. */
  clock: () => number;
  /** How often the ledger is asked, in milliseconds. */
  ledgerMs: number;
  /** How long a range may not add up before a refresh decides. */
  patienceMs: number;
}

/** A range as it is counted: without some offsets, and with the documents that are due then. */
interface CountedRange extends PendingRange {
  without: number[];
  due: number;
}

const KEPT_NOTES = 100;
/** Ranges of one search, each of a few conditions: Elasticsearch takes at least 1,024. */
export const MAX_RANGES = 100;

/** A range that never added up. */
export type Incomplete = TailEvents['incomplete'];

/**
 * The one poller behind all tails: moves the watermark on and gives what lies behind it to the live tails, in as few
 * searches as they have different filters.
 */
export class Feed {
  readonly watermark = new Watermark();
  readonly live = new Set<LiveTail>();
  /** The latest ranges that never added up. */
  readonly notes: Incomplete[] = [];
  state: TailEvents['state'] = { state: 'waiting', code: 'starting', detail: 'The ledger has not been read yet.' };
  /** Told of what concerns every tail. */
  onState: (state: TailEvents['state']) => void = () => undefined;
  /** Absent until all that lies below the first reading is known to be searchable. */
  position: Position | undefined;
  id = '';
  /** Ends of the partitions in Kafka, as last read. */
  ends: ReadonlyMap<number, number> = new Map();
  #unproven = false;
  #readAt = -Infinity;
  /** By range: since when it does not add up. */
  readonly #since = new Map<string, number>();
  #delivering = false;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly deps: FeedDeps) {}

  /** One round: reads the ledger when it is time, and delivers what has become whole. Never throws. */
  async round(): Promise<void> {
    try {
      // What is known already can be delivered whether or not the ledger can be read.
      const failure = await this.#read().catch((error: unknown) => ({ error }));
      if (this.position) await this.#deliverWhole();
      if (failure) throw failure.error;
      this.#say({ state: 'live' });
    } catch (error) {
      this.#say(waitingFor(error));
      this.deps.logger.debug({ reason: error instanceof Error ? error.message : 'unknown' }, 'tails wait');
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The end of the next round; until a tail joins or reads, the position stays as it is. */
  nextRound(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @returns false when the tail is not where the feed is */
  join(tail: LiveTail, id: string): boolean {
    if (this.#delivering || this.position === undefined || id !== this.id) return false;
    this.live.add(tail);
    return true;
  }

  async #read(): Promise<undefined> {
    const now = this.deps.clock();
    if (now - this.#readAt >= this.deps.ledgerMs) {
      const reading = await this.deps.readLedgers();
      this.#readAt = now;
      this.ends = reading.ends ?? this.ends;
      if (this.watermark.observe(reading)) this.#unproven = true;
      if (reading.readings.size === 0 && this.position === undefined)
        throw new Problem('pipeline_unavailable', 'No ledger can be read yet.');
    }
    if (this.#unproven) {
      // Below the first reading nothing is counted: all of it is made searchable once.
      await this.deps.source.refresh();
      this.#unproven = false;
    }
    this.#publish();
    return undefined;
  }

  #publish(): void {
    if (this.watermark.position.size === 0) return;
    this.position = this.watermark.position;
    const id = formatPosition(this.position);
    if (id === this.id) return;
    this.id = id;
    for (const tail of this.live) tail.moveOn(id);
  }

  /** Those of the ranges in which as many logs are found as the ledger has booked. */
  async #findWhole(ranges: readonly PendingRange[]): Promise<PendingRange[]> {
    const pending = await Promise.all(ranges.map((range) => this.#withoutRedriven(range)));
    const counts = await this.deps.source.count(pending);
    const whole: PendingRange[] = [];
    for (const [at, one] of pending.entries()) {
      const found = counts[at]!;
      if (found === one.due || (await this.#givesUp(one, found))) {
        this.#since.delete(keyOf(one));
        whole.push(ranges[at]!);
      }
    }
    return whole;
  }

  /** What a redrive has indexed by now is not among the documents that were booked: such records are left out. */
  async #withoutRedriven(range: PendingRange): Promise<CountedRange> {
    const letters = range.deadLettered > 0 ? await this.deps.source.letters(range) : [];
    const moved = letters.filter(({ state, kept, documents }) => state !== 'open' || kept !== documents);
    const kept = moved.reduce((sum, letter) => sum + letter.kept, 0);
    // Nor are their good logs counted then; they are searchable all the same.
    if (kept > 0) await this.deps.source.refresh();
    return { ...range, without: moved.map(({ offset }) => offset), due: range.expected - kept };
  }

  /** After a while a refresh decides: what cannot be found then is not there. */
  async #givesUp(range: CountedRange, found: number): Promise<boolean> {
    const key = keyOf(range);
    const since = this.#since.get(key);
    if (since === undefined) this.#since.set(key, this.deps.clock());
    if (since === undefined || this.deps.clock() - since < this.deps.patienceMs) return false;
    await this.deps.source.refresh();
    const [again = found] = await this.deps.source.count([range]);
    if (again === range.due) return true;
    const { partition, generation, from, to, due: expected } = range;
    const note = { partition, generation, from, to, expected, found: again };
    this.deps.logger.warn(note, 'a range of the tail does not add up');
    this.notes.push(note);
    if (this.notes.length > KEPT_NOTES) this.notes.shift();
    for (const tail of this.live) tail.noteIncomplete(note);
    return true;
  }

  async #deliverWhole(): Promise<void> {
    const pending = this.watermark.pending();
    for (let at = 0; at < pending.length; at += MAX_RANGES) {
      const whole = await this.#findWhole(pending.slice(at, at + MAX_RANGES));
      if (whole.length > 0) await this.#deliver(whole);
    }
  }

  async #deliver(whole: readonly PendingRange[]): Promise<void> {
    this.#delivering = true;
    try {
      const start = this.position!;
      for (const range of whole) this.watermark.advance(range);
      await deliver(this.deps.source, whole, start, this.live);
    } finally {
      this.#delivering = false;
      this.#publish();
    }
  }

  #say(state: TailEvents['state']): void {
    if (JSON.stringify(state) === JSON.stringify(this.state)) return;
    this.state = state;
    this.onState(state);
  }
}

function keyOf({ partition, generation, from, to }: TailRange): string {
  return `${partition} ${generation} ${from} ${to}`;
}

function waitingFor(error: unknown): TailEvents['state'] {
  if (error instanceof Problem || error instanceof PipelineError) {
    return { state: 'waiting', code: error.code, detail: error.message };
  }
  return { state: 'waiting', code: 'internal_error', detail: 'The cause is in the log of the API.' };
}
