import { url as inspectorUrl } from 'node:inspector';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface WatchdogOptions {
  /** The process is killed when its event loop has not turned for this long; 0 watches nothing. */
  limitMs: number;
  /** The process's name in the one log line. */
  name: string;
}

/** How the thread is told. */
export interface WatchdogData extends WatchdogOptions {
  /** One number that rises with every turn. */
  turns: Int32Array;
  tickMs: number;
}

const TICK_MS = 250;

/**
 * Kills this process with SIGKILL when its event loop stands still: a record that loops for ever cannot be stopped from
 * inside, and a process that is alive and deaf is not started again by anybody. A thread watches; it counts its own
 * ticks and not the clock, so that a process which was stopped and continued is not taken for a frozen one.
 */
export function startWatchdog({ limitMs, name }: WatchdogOptions): void {
  // Somebody who stands at a breakpoint wants to stay there.
  if (limitMs === 0 || inspectorUrl() !== undefined) return;
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WatchdogData = { limitMs, name, turns, tickMs: TICK_MS };
  const thread = new Worker(join(__dirname, `watchdog-thread${extname(__filename)}`), { workerData });
  thread.unref();
  setInterval(() => Atomics.add(turns, 0, 1), TICK_MS).unref();
}
