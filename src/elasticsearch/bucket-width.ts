import type { HistogramBucket } from '../api/logs/ports';

/** Milliseconds since the epoch; the end is exclusive and later than the start. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WIDTHS = [
  ...[1, 5, 10, 30].map((n) => n * SECOND),
  ...[1, 5, 10, 30].map((n) => n * MINUTE),
  ...[1, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 7, 30, 90, 365, 3650].map((n) => n * DAY),
];

/** Buckets aimed at when the width is ours to choose. */
const TARGET_BUCKETS = 120;
/** Buckets that may be asked for. */
export const MAX_BUCKETS = 2000;

/**
 * Width of the histogram's buckets: the one asked for, or the narrowest round one that gives at most 120 buckets.
 *
 * @throws RangeError when the width asked for gives more than 2,000 buckets
 */
export function bucketWidth(range: TimeRange | undefined, asked: number | undefined): number {
  if (!range) return asked ?? MINUTE;
  if (asked !== undefined) {
    const buckets = bucketCount(range, asked);
    if (buckets <= MAX_BUCKETS) return asked;
    throw new RangeError(`gives ${buckets} buckets over this time range, at most ${MAX_BUCKETS}`);
  }
  const fits = WIDTHS.find((width) => bucketCount(range, width) <= TARGET_BUCKETS);
  return fits ?? Math.ceil((range.toMs - range.fromMs) / TARGET_BUCKETS / DAY) * DAY;
}

function startOf(time: number, width: number): number {
  return Math.floor(time / width) * width;
}

function bucketCount({ fromMs, toMs }: TimeRange, width: number): number {
  return (startOf(toMs - 1, width) - startOf(fromMs, width)) / width + 1;
}

/** The buckets of the whole range, those without a record included. */
export function fillBuckets(range: TimeRange, width: number, found: HistogramBucket[]): HistogramBucket[] {
  const byStart = new Map(found.map((bucket) => [bucket.startMs, bucket]));
  const first = startOf(range.fromMs, width);
  return Array.from({ length: bucketCount(range, width) }, (_, index) => {
    const startMs = first + index * width;
    return byStart.get(startMs) ?? { startMs, count: 0, anomalies: 0, errors: 0 };
  });
}
