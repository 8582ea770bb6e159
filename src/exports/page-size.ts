/** Pages are made to be about this large as text: one is in memory at a time. */
const PAGE_BYTES = 4 * 1024 * 1024;
/** Logs of the first page, when nobody knows yet how large they are. */
export const FIRST_SIZE = 100;
const MAX_SIZE = 1000;

/**
 * How many logs to ask for next. It grows twofold at most: one small log says little of the next thousand.
 *
 * @param size logs of the page before, `bytes` their size as text
 */
export function nextSize(size: number, bytes: number): number {
  const fitting = Math.floor((PAGE_BYTES * size) / Math.max(bytes, 1));
  return Math.max(1, Math.min(MAX_SIZE, 2 * Math.max(size, FIRST_SIZE / 2), fitting));
}

/** How many logs to ask for first where it is known how large the ones before were. */
export function sizeAfter({ logs, bytes }: { logs: number; bytes: number }): number {
  return logs === 0 ? FIRST_SIZE : nextSize(MAX_SIZE, (bytes / logs) * MAX_SIZE);
}
