import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { WatchdogData } from './watchdog';

/** The watching half of the watchdog. */
const { limitMs, name, turns, tickMs } = workerData as WatchdogData;
let seen = -1;
let still = 0;

setInterval(() => {
  const now = Atomics.load(turns, 0);
  still = now === seen ? still + tickMs : 0;
  seen = now;
  if (still < limitMs) return;
  // The logger lives on the thread that stands still; this is a line as it would write.
  const { pid } = process;
  const line = {
    level: 50,
    time: new Date().toISOString(),
    name,
    pid,
    limitMs,
    msg: 'event loop stands still, killed',
  };
  writeSync(1, `${JSON.stringify(line)}\n`);
  process.kill(pid, 'SIGKILL');
}, tickMs);
