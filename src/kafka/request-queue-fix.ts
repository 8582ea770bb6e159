import RequestQueue from 'kafkajs/src/network/requestQueue';

/** The fields of kafkajs 2.2.4's request queue that its scheduling reads. */
interface Queue {
  pending: unknown[];
  /** Milliseconds since the epoch; in the past when no throttling is in force. */
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

type Schedule = ((this: Queue) => void) & { mended?: true };

/** As in kafkajs: how soon requests that wait for a free slot are looked at again. */
const CHECK_INTERVAL_MS = 10;

const schedule: Schedule = function (this: Queue): void {
  if (this.throttleCheckTimeoutId) return;
  const throttledForMs = this.throttledUntil - Date.now();
  if (this.pending.length === 0 && throttledForMs <= 0) return;
  const delayMs = throttledForMs > 0 ? throttledForMs : CHECK_INTERVAL_MS;
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, delayMs);
};
schedule.mended = true;

/**
 * Mends kafkajs#1751 for the whole process: in 2.2.4 every connection that was used once arms a timer with a negative
 * delay, that is 1 ms, for ever, which costs a few percent of a core per idle client and a warning on newer Node
 * versions. With the mend a timer is armed only while a request waits or a throttle is in force. Safe to call again.
 *
 * @throws Error when kafkajs has no such method: then it is another version, and this file must be looked at again.
 */
export function fixRequestQueue(queueClass: { prototype: object } = RequestQueue): void {
  const prototype = queueClass.prototype as { scheduleCheckPendingRequests?: Schedule };
  const original = prototype.scheduleCheckPendingRequests;
  if (typeof original !== 'function') {
    throw new Error(
      'kafkajs has no RequestQueue.scheduleCheckPendingRequests: src/kafka/request-queue-fix.ts fits 2.2.4 only',
    );
  }
  if (original.mended) return;
  prototype.scheduleCheckPendingRequests = schedule;
}
