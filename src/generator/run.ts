import type { LogStream } from './log-stream';
import { pace, PACE_LIMITS } from './pace';
import type { Sender } from './sender';

export interface RunOptions {
  stream: LogStream;
  sender: Pick<Sender, 'add' | 'full'>;
  /** Logs per second as set; 0 is as fast as the sender takes them. */
  rate: number;
  /** Stops after this many logs; 0 never stops. */
  count: number;
  signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Logs whose time had passed while the sender took none are left out; called with how much time that was. */
  onSkipped?: (ms: number) => void;
}

const TICK_MS = 20;
/** At full speed: logs between two looks at the rest of the process, a few milliseconds of work. */
const CHUNK = 2000;

/** Moves logs from the stream to the sender at the wanted pace, until the count is reached or the signal comes. */
export async function run({ stream, sender, rate, count, signal, now, sleep, onSkipped }: RunOptions): Promise<void> {
  const startedAt = now();
  const limit = count === 0 ? Infinity : count;
  let taken = 0;
  while (!signal.aborted) {
    const elapsedMs = now() - startedAt;
    if (rate === 0) {
      // Without a rate the stream has no time of its own: it is kept at the clock's.
      stream.skipTo(elapsedMs);
      for (let i = 0; i < CHUNK && taken < limit && !sender.full; i++, taken++) sender.add(stream.next());
    } else {
      const { untilMs, skippedMs } = pace(stream, elapsedMs, PACE_LIMITS);
      if (skippedMs > 0) onSkipped?.(skippedMs);
      for (; stream.positionMs <= untilMs && taken < limit && !sender.full; taken++) sender.add(stream.next());
    }
    if (taken >= limit) return;
    await sleep(rate === 0 && !sender.full ? 0 : TICK_MS);
  }
}
