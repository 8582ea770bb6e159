import type { BatchLimits } from '../domain/batch';

/** What is left when everything shrinks: a 128th of the limits. */
const SMALLEST_SCALE = 1 / 128;
/** A batch of the full limits is reached again after this many batches that met no trouble. */
const STEPS_BACK = 16;
const SMALLEST_RECORDS = 50;
const SMALLEST_BYTES = 64 * 1024;
/** A bulk that took this long is a sign of too much at once. */
export const SLOW_BULK_MS = 10_000;

/** Halves after trouble: additive increase, multiplicative decrease, as in TCP (Chiu and Jain, 1989). */
export function shrinkScale(scale: number): number {
  return Math.max(SMALLEST_SCALE, scale / 2);
}

/** Grows back by a fixed step after a batch that met no trouble. */
export function growScale(scale: number): number {
  return Math.min(1, scale + 1 / STEPS_BACK);
}

/** The limits at a scale from above 0 to 1; never below what is worth a batch, never above the limits themselves. */
export function scaleLimits(limits: BatchLimits, scale: number): BatchLimits {
  const { maxRecords, maxBytes, lingerMs } = limits;
  return {
    maxRecords: Math.min(maxRecords, Math.max(SMALLEST_RECORDS, Math.floor(maxRecords * scale))),
    maxBytes: Math.min(maxBytes, Math.max(SMALLEST_BYTES, Math.floor(maxBytes * scale))),
    lingerMs,
  };
}
