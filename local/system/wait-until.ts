import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is true; false when it has not been after `timeoutMs`. An exception counts as false. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  pauseMs = 50,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      if (await condition()) return true;
    } catch {
      // Not yet: the caller only wants to know when it holds.
    }
    if (performance.now() >= end) return false;
    await sleep(pauseMs);
  }
}
