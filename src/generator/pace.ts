import type { LogStream } from './log-stream';

export interface PaceLimits {
  /** A tick takes at most this many milliseconds' worth of logs: no burst is larger. */
  burstMs: number;
  /** What is older than this is not made up for: a generator that was held up does not flood what has just recovered. */
  catchUpMs: number;
}

export const PACE_LIMITS: PaceLimits = { burstMs: 100, catchUpMs: 1000 };

/**
 * How far the stream may advance at a tick, in milliseconds after its first log. The stream's position is the bucket:
 * time that has passed fills it, every log that was taken empties it, so the mean rate has no drift.
 *
 * Skips what is too old to be made up for; `skippedMs` says how much.
 */
export function pace(stream: LogStream, elapsedMs: number, limits: PaceLimits): { untilMs: number; skippedMs: number } {
  const oldestMs = elapsedMs - limits.catchUpMs;
  const skippedMs = Math.max(0, oldestMs - stream.positionMs);
  if (skippedMs > 0) stream.skipTo(oldestMs);
  return { untilMs: Math.min(elapsedMs, stream.positionMs + limits.burstMs), skippedMs };
}
