import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { TailEvents } from '../../api/tail/events';
import { CliFailure, EXIT } from '../failures';
import { EventReader } from '../events';
import { logFilterOptions, logFilters } from '../log-filters';
import { toWhole } from '../options';
import type { Open, Session } from '../session';
import { logLine, type TailLog } from './log-line';

interface TailOptions {
  after?: string;
  limit?: number;
}

/** Without a byte for this long the connection is dead: heartbeats come every 10 s. */
const SILENCE_MS = 35_000;
const LONGEST_PAUSE_MS = 15_000;

/** `sluice tail`: GET /logs/stream, connected anew wherever it breaks, from the id of the last event on. */
export function addTailVerb(program: Command, open: Open): void {
  const command = program.command('tail').description('follow logs as they come in (GET /logs/stream)');
  logFilterOptions(command)
    .option('--after <id>', 'go on behind the event of this id')
    .option('--limit <number>', 'end after so many logs', toWhole)
    .action(async (options: TailOptions) => {
      const tail = new Tail(open(command), logFilters({ ...options }), options);
      await tail.follow();
    });
}

class Tail {
  readonly #ending = new AbortController();
  readonly #limit: number;
  #seen = 0;
  #lastId: string | undefined;
  #retryMs = 1000;
  #failures = 0;

  constructor(
    private readonly session: Session,
    private readonly filters: Record<string, string | undefined>,
    { after, limit = Infinity }: TailOptions,
  ) {
    this.#lastId = after;
    this.#limit = limit;
  }

  /** Until its limit, Ctrl-C, or a refusal that no further try would change. */
  async follow(): Promise<void> {
    const stopListening = this.session.onInterrupt(() => this.#ending.abort());
    try {
      while (!this.#over) {
        await this.#connect().catch((error: unknown) => this.#failed(error));
        if (!this.#over) await sleep(this.#pauseMs, undefined, { signal: this.#ending.signal }).catch(() => undefined);
      }
    } finally {
      stopListening();
    }
    if (this.#lastId !== undefined) this.session.terminal.note(`goes on with: --after ${this.#lastId}`);
  }

  get #over(): boolean {
    return this.#ending.signal.aborted || this.#seen >= this.#limit;
  }

  get #pauseMs(): number {
    return Math.min(LONGEST_PAUSE_MS, this.#retryMs * 2 ** Math.min(this.#failures, 4));
  }

  async #connect(): Promise<void> {
    const { api } = this.session;
    const reader = new EventReader(this.#lastId);
    const silent = new AbortController();
    const signal = AbortSignal.any([this.#ending.signal, silent.signal]);
    const headers = this.#lastId === undefined ? {} : { 'Last-Event-ID': this.#lastId };
    const answer = await api.open('/logs/stream', this.filters, { headers, signal });
    const timer = setInterval(() => (heard ? (heard = false) : silent.abort()), SILENCE_MS);
    let heard = true;
    try {
      answer.setEncoding('utf8');
      for await (const piece of answer) {
        heard = true;
        this.#failures = 0;
        for (const { name, data } of reader.push(piece as string)) {
          this.#take(name, data);
          if (this.#over) return;
        }
        this.#lastId = reader.lastId;
      }
    } finally {
      clearInterval(timer);
      this.#retryMs = reader.retryMs ?? this.#retryMs;
      this.#lastId = reader.lastId;
      answer.destroy();
    }
  }

  #take(name: string, data: string): void {
    const { json, terminal } = this.session;
    if (name === 'log') {
      this.#seen += 1;
      if (json) terminal.raw(data);
      else terminal.say(logLine(JSON.parse(data) as TailLog, terminal));
      return;
    }
    const told = JSON.parse(data) as never;
    const note = Object.hasOwn(NOTES, name) ? NOTES[name as keyof TailEvents](told) : undefined;
    if (note !== undefined) terminal.note(note);
    if (name === 'end' && (told as TailEvents['end']).reason === 'query_refused') {
      throw new CliFailure(EXIT.problem, 'Elasticsearch refuses this query; the log of the API has the reason');
    }
  }

  /** @throws what another try would not change */
  #failed(error: unknown): void {
    if (this.#over) return;
    if (error instanceof CliFailure && !isPassing(error)) throw error;
    this.#failures += 1;
    const why = error instanceof CliFailure ? error.message.split('\n')[0]! : (error as Error).message;
    this.session.terminal.note(`connects anew in ${Math.ceil(this.#pauseMs / 1000)} s: ${why}`);
  }
}

function isPassing({ exitCode, answer }: CliFailure): boolean {
  if (exitCode === EXIT.unreachable) return true;
  return exitCode === EXIT.problem && answer !== undefined && /"status":\s*(?:503|429)\b/.test(answer);
}

const spans = (ranges: readonly { partition: number; from: number; to: number | null }[]) =>
  ranges
    .map(({ partition, from, to }) => `partition ${partition}, ${from} to ${to === null ? '?' : to - 1}`)
    .join('; ');

/** What the stream says beside the logs, in words. */
const NOTES: { [Name in keyof TailEvents]: (told: TailEvents[Name]) => string | undefined } = {
  state: (told) => (told.state === 'live' ? undefined : `waits: ${told.code}: ${told.detail}`),
  missing: ({ reason, ranges }) => `not there (${reason}): ${spans(ranges)}`,
  incomplete: ({ expected, found, ...range }) =>
    `incomplete: ${spans([range])}: ${found} logs where ${expected} were booked`,
  dropped: ({ offsets, ranges }) => `left out, too far behind: ${offsets} offsets: ${spans(ranges)}`,
  limit: ({ behind }) => `this reader is slower than logs come in: ${behind} offsets behind, none is left out`,
  end: ({ reason }) => (reason === 'time_limit' ? undefined : `the stream ended: ${reason}`),
};
