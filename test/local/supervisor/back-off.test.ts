import { BackOff } from '../../../local/supervisor/back-off';

describe('BackOff', () => {
  test('waits double up to the limit', () => {
    const backOff = new BackOff({ firstMs: 100, maxMs: 500, healthyMs: 1_000 });
    expect([0, 0, 0, 0, 0].map((ran) => backOff.next(ran))).toEqual([100, 200, 400, 500, 500]);
  });

  test('a healthy run starts them again from the first', () => {
    const backOff = new BackOff({ firstMs: 100, maxMs: 500, healthyMs: 1_000 });
    backOff.next(0);
    backOff.next(999);
    expect(backOff.next(1_000)).toBe(100);
  });

  test('the wait stays at the limit however often it fails', () => {
    const backOff = new BackOff();
    const waits = Array.from({ length: 2_000 }, () => backOff.next(0));
    expect(waits.at(-1)).toBe(30_000);
  });
});
