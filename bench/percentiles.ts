/** The nearest-rank percentiles that every report shows. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/**
 * The smallest value that at least this share of all values does not exceed; NaN for none.
 *
 * @param sorted ascending
 * @param share above 0, at most 1
 */
export function percentile(sorted: readonly number[], share: number): number {
  // 0.95 * 100 is a little above 95 in floating point, and must not take the 96th.
  const rank = Math.ceil(Number((share * sorted.length).toFixed(6)));
  return sorted[Math.max(0, rank - 1)] ?? NaN;
}

/** Percentiles of values in any order. */
export function percentilesOf(values: Iterable<number>): Percentiles {
  const sorted = Float64Array.from(values).sort() as unknown as readonly number[];
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) };
}
