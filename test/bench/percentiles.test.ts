import { percentile, percentilesOf } from '../../bench/percentiles';

describe('percentiles', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);

  test.each([
    [0.5, 50],
    [0.95, 95],
    [0.99, 99],
    [1, 100],
    [0.001, 1],
  ])('the share %p of 1 to 100 is %p', (share, value) => {
    expect(percentile(hundred, share)).toBe(value);
  });

  it('of one value are that value, of none NaN', () => {
    expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
    expect(percentilesOf([])).toEqual({ p50: NaN, p95: NaN, p99: NaN });
  });

  it('sort numbers as numbers, in any order', () => {
    expect(percentilesOf([100, 9, 20]).p50).toBe(20);
    expect(percentilesOf([...hundred].reverse())).toEqual({ p50: 50, p95: 95, p99: 99 });
  });
});
