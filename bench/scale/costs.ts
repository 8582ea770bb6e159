/** CPU seconds of one tier: for each record, and for each batch whatever its size. */
export interface TierCost {
  perRecord: number;
  perBatch: number;
}

/** The tiers that a record passes. */
export const TIERS = ['worker', 'temporal', 'kafka', 'elasticsearch'] as const;
export type Tier = (typeof TIERS)[number];

/** What the pipeline costs, as measured. */
export interface Costs {
  tiers: Record<Tier, TierCost>;
  /** Temporal events of a batch, and of a run besides. */
  eventsPerBatch: number;
  /** Bytes that Temporal has written to its disk for a batch. */
  temporalBytesPerBatch: number;
}

/** A point of a line: how many batches a record takes, and what it took. */
export interface Point {
  batchesPerRecord: number;
  secondsPerRecord: number;
}

/**
 * The line of least squares through what runs with several sizes of batches gave; neither part of a cost is below 0.
 *
 * @throws Error unless there are two different sizes
 */
export function fitCost(points: readonly Point[]): TierCost {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(({ batchesPerRecord }) => batchesPerRecord));
  const y = mean(points.map(({ secondsPerRecord }) => secondsPerRecord));
  const spread = points.reduce((sum, { batchesPerRecord }) => sum + (batchesPerRecord - x) ** 2, 0);
  if (!(spread > 0)) throw new Error('costs need runs with at least two sizes of batches');
  const together = points.reduce((sum, point) => sum + (point.batchesPerRecord - x) * (point.secondsPerRecord - y), 0);
  const perBatch = Math.max(0, together / spread);
  const perRecord = y - perBatch * x;
  if (perRecord >= 0) return { perBatch, perRecord };
  // Through the origin.
  const squares = points.reduce((sum, { batchesPerRecord }) => sum + batchesPerRecord ** 2, 0);
  const products = points.reduce((sum, point) => sum + point.batchesPerRecord * point.secondsPerRecord, 0);
  return { perBatch: products / squares, perRecord: 0 };
}
