import fc from 'fast-check';
import { bucketWidth, fillBuckets, MAX_BUCKETS } from '../../src/elasticsearch/bucket-width';

const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_000 });
const range = fc
  .tuple(time, time)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) }));

describe('bucketWidth', () => {
  it('gives at most 121 buckets over any range of four-digit years', () => {
    fc.assert(
      fc.property(range, (one) => {
        const width = bucketWidth(one, undefined);
        expect(fillBuckets(one, width, []).length).toBeLessThanOrEqual(121);
      }),
    );
  });

  it('keeps the width asked for', () => {
    expect(bucketWidth({ fromMs: 0, toMs: 60_000 }, 1000)).toBe(1000);
    expect(bucketWidth(undefined, 1000)).toBe(1000);
  });

  it('refuses a width that gives too many buckets, and says how many', () => {
    const toMs = (MAX_BUCKETS + 1) * 1000;
    expect(() => bucketWidth({ fromMs: 0, toMs }, 1000)).toThrow(
      'gives 2001 buckets over this time range, at most 2000',
    );
  });
});

describe('fillBuckets', () => {
  it('covers the range without gaps and keeps what was found', () => {
    const found = { startMs: 2000, count: 5, anomalies: 1, errors: 2 };
    const empty = { count: 0, anomalies: 0, errors: 0 };
    expect(fillBuckets({ fromMs: 1500, toMs: 4000 }, 1000, [found])).toEqual([
      { startMs: 1000, ...empty },
      found,
      { startMs: 3000, ...empty },
    ]);
  });
});
