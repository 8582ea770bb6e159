import { Readable } from 'node:stream';
import type { LogFilter } from '../logs/ports';
import {
  eventText,
  heartbeatText,
  RETRY_MS,
  selectionOf,
  type Selection,
  type TailEventName,
  type TailEvents,
} from './events';
import type { Incomplete, LiveTail } from './feed';

export interface TailLimits {
  /** What may wait for one client, in bytes; a single log is taken whatever its size. */
  bufferBytes: number;
  /** A client that takes nothing for so long is cut, in milliseconds. */
  stallMs: number;
}

export interface TailHooks {
  onSent: () => void;
  /** The tail takes nothing from the feed any more. */
  onBehind: (tail: Tail) => void;
}

/** One open stream: what waits for its client, and the place that the client would resume at. */
export class Tail implements LiveTail {
  readonly stream = new Readable({ highWaterMark: 16 * 1024, read: () => this.#serve() });
  readonly #queue: Buffer[] = [];
  #queued = 0;
  /** The client has room for more. */
  #wanted = false;
  #ending = false;
  #onTaken: (() => void) | undefined;
  #live = false;
  #written = 0;
  #progress: { taken: number; atMs: number };
  #onBehind: (() => void) | undefined;
  #isSlow = false;

  constructor(
    readonly filter: LogFilter,
    readonly key: string,
    private readonly limits: TailLimits,
    /** The id of the event before; empty when there is none. */
    public id: string,
    private readonly hooks: TailHooks,
    private readonly clock: () => number = () => performance.now(),
    readonly selection: Selection = selectionOf(),
  ) {
    this.#progress = { taken: 0, atMs: clock() };
  }

  /** Bytes that the client has not taken yet, without those in the sockets' own buffers. */
  get waiting(): number {
    return this.#queued + this.stream.readableLength;
  }

  offer(text: string, id: string): boolean {
    if (this.waiting > 0 && this.waiting + text.length > this.limits.bufferBytes) {
      this.#isSlow = true;
      this.fallBehind();
      return false;
    }
    this.log(text, id);
    return true;
  }

  moveOn(id: string): void {
    this.id = id;
  }

  noteIncomplete(note: Incomplete): void {
    this.say('incomplete', note);
  }

  fallBehind(): void {
    this.#live = false;
    this.hooks.onBehind(this);
    this.#onBehind?.();
  }

  /** Resolves when the tail, which has joined the feed, falls behind. */
  whileLive(signal: AbortSignal): Promise<void> {
    this.#live = true;
    return new Promise((resolve) => {
      this.#onBehind = resolve;
      if (signal.aborted || !this.#live) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Whether the client was too slow since this was asked last. */
  wasSlow(): boolean {
    const was = this.#isSlow;
    this.#isSlow = false;
    return was;
  }

  log(text: string, id: string): void {
    this.hooks.onSent();
    this.id = id;
    this.#write(text);
  }

  say<Name extends TailEventName>(name: Name, data: TailEvents[Name]): void {
    this.#write(eventText(name, this.id, data));
  }

  /** @returns false when the client has taken nothing for too long */
  beat(): boolean {
    const taken = this.#written - this.waiting;
    const now = this.clock();
    if (taken > this.#progress.taken || this.waiting === 0) this.#progress = { taken, atMs: now };
    if (now - this.#progress.atMs >= this.limits.stallMs) return false;
    if (this.waiting === 0) this.#write(heartbeatText(this.id));
    return true;
  }

  /** Resolves when the client has taken half of what may wait for it, or is gone. */
  async room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.waiting > this.limits.bufferBytes / 2) {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#onTaken = undefined;
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.#onTaken = done;
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  /** Ends the stream behind all that waits. */
  end(): void {
    this.#ending = true;
    this.#push();
  }

  /** Tells how soon to come back after the connection was lost. */
  sayRetry(): void {
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  #write(text: string): void {
    if (this.#ending || this.stream.destroyed) return;
    const bytes = Buffer.from(text);
    this.#written += bytes.length;
    this.#queued += bytes.length;
    this.#queue.push(bytes);
    this.#push();
  }

  #serve(): void {
    this.#wanted = true;
    this.#push();
    this.#onTaken?.();
  }

  #push(): void {
    while (this.#wanted && this.#queue.length > 0) {
      const bytes = this.#queue.shift()!;
      this.#queued -= bytes.length;
      this.#wanted = this.stream.push(bytes);
    }
    if (this.#ending && this.#queue.length === 0 && !this.stream.readableEnded) this.stream.push(null);
  }
}
