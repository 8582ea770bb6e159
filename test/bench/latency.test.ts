import { isMet, judgeAims, verdict, type RateRun } from '../../bench/latency/aims';
import { agesOf, type StepEnd } from '../../bench/latency/stages';
import { stepEndsOf } from '../../bench/latency/step-ends';
import { foundBetween, nextOf } from '../../bench/latency/watermark';
import { coresOf } from '../../bench/cores';
import type { ReceivedSpan } from '../../test/support/trace-collector';

const batch = (from: number, to: number, at: number, partition = 0): StepEnd[] => [
  { step: 'pull', partition, from, to, at },
  { step: 'score', partition, from, to, at: at + 10 },
  { step: 'index', partition, from, to, at: at + 30 },
];
const stamp = (offset: number, partition = 0) => ({ partition, offset, made: 1000, appended: 1100 });

describe('ages of records', () => {
  it('are the times between the steps, which add up to the whole', () => {
    const looks = [
      { at: 1900, next: [0] },
      { at: 2500, next: [2] },
    ];
    const ages = agesOf([stamp(0), stamp(1)], batch(0, 2, 2000), looks);
    expect(ages).toEqual({
      appended: [100, 100],
      pulled: [900, 900],
      scored: [10, 10],
      indexed: [20, 20],
      searchable: [470, 470],
      total: [1500, 1500],
    });
  });

  it('take each record by its own batch and partition', () => {
    const looks = [
      { at: 2100, next: [1, 0] },
      { at: 3100, next: [2, 1] },
    ];
    const ends = [...batch(1, 2, 3000), ...batch(0, 1, 2000), ...batch(0, 1, 3050, 1)];
    const ages = agesOf([stamp(1), stamp(0), stamp(0, 1)], ends, looks);
    expect(ages.total).toEqual([1100, 2100, 2100]);
    expect(ages.pulled).toEqual([900, 1900, 1950]);
  });

  it('count a step as done no later than the record was found, and never as less than nothing', () => {
    const ages = agesOf([stamp(0)], batch(0, 1, 1099), [{ at: 1115, next: [1] }]);
    expect([ages.pulled, ages.scored, ages.indexed, ages.searchable]).toEqual([[0], [9], [6], [0]]);
  });

  it('count the last attempt of a step that was done again', () => {
    const again: StepEnd = { step: 'index', partition: 0, from: 0, to: 1, at: 2400 };
    expect(agesOf([stamp(0)], [...batch(0, 1, 2000), again], [{ at: 2500, next: [1] }]).indexed).toEqual([390]);
  });

  it('are refused for a record that was never found, or whose step nobody tells of', () => {
    expect(() => agesOf([stamp(1)], batch(0, 2, 1), [{ at: 2, next: [1] }])).toThrow(
      'record 1 of partition 0 was never',
    );
    expect(() => agesOf([stamp(0)], batch(1, 2, 1), [{ at: 2, next: [2] }])).toThrow('no span tells of its pull');
  });
});

describe('spans', () => {
  const span = (name: string, more: Record<string, unknown> = {}) =>
    ({
      name,
      endTimeUnixNano: '1700000000123456789',
      attributes: {
        'messaging.destination.partition.id': '3',
        'sluice.batch.from': '10',
        'sluice.batch.to': '20',
        ...more,
      },
    }) as unknown as ReceivedSpan;

  it('tell when a step ended, except one that failed and those below a step', () => {
    const ends = stepEndsOf([
      span('poll t'),
      span('index t', { 'error.type': 'x' }),
      span('bulk t-2026'),
      span('score t'),
    ]);
    expect(ends.map(({ step }) => step)).toEqual(['pull', 'score']);
    expect(ends[0]).toMatchObject({ partition: 3, from: 10, to: 20 });
    expect(ends[0]!.at).toBeCloseTo(1_700_000_000_123.46, 1);
  });
});

describe('what can be searched', () => {
  it('ends before a hole, and never goes back', () => {
    expect(nextOf([{ partition: 0, count: 5, highest: 104 }], [100, 0], [100, 0])).toEqual([105, 0]);
    expect(nextOf([{ partition: 0, count: 5, highest: 105 }], [100, 0], [103, 0])).toEqual([103, 0]);
    expect(nextOf([{ partition: 1, count: 1, highest: 0 }], [100, 0], [103, 7])).toEqual([103, 7]);
    expect(nextOf([], [5], [5])).toEqual([5]);
  });

  it('is counted between two times', () => {
    const looks = [1000, 2000, 3000].map((at, i) => ({ at, next: [i * 10, i * 5] }));
    expect(foundBetween(looks, 1500, 3500)).toBe(30);
    expect(foundBetween(looks, 500, 2999)).toBe(15);
    expect(foundBetween([], 1, 2)).toBe(0);
  });
});

describe('cores', () => {
  it('are counted for the processes that were there all the time', () => {
    expect(coresOf({ worker: 1, gone: 2 }, { worker: 2, new: 5 }, 2000)).toEqual({ worker: 0.5 });
  });
});

describe('aims', () => {
  const run = (rate: number, p99 = 2000, worker = 0.2): RateRun => {
    const percentiles = { p50: 1, p95: 2, p99 };
    const ages = { appended: percentiles, pulled: percentiles, scored: percentiles, indexed: percentiles };
    return {
      ...{ rate, records: 1, keptUp: 1, databaseBytesPerDay: 1e9, cores: { worker, temporal: 0.2 } },
      ages: { ...ages, searchable: percentiles, total: percentiles },
    };
  };
  const idle = [{ cores: { worker: 0.03, api: 0.01 } }];

  it('are met when the medians of all are below their limits', () => {
    const aims = judgeAims({ runs: [run(100), run(1000, 9000), run(1000), run(1000)], idle });
    expect(aims.every(isMet)).toBe(true);
    expect(verdict(aims)).toBe('aims met');
  });

  it('name what was missed, at the limit too, and what was not measured', () => {
    const missed = judgeAims({ runs: [run(100, 1, 0.3), run(1000, 2500)], idle });
    expect(verdict(missed)).toBe('aims missed: p99 from made to searchable at 1000/s, worker and Temporal at 100/s');
    const partly = judgeAims({ runs: [run(1000)], idle: [] });
    expect(partly.every(isMet)).toBe(false);
    expect(verdict(partly)).toMatch(/^aims not measured: worker and Temporal at 100\/s, .*idle$/);
  });

  it('do not count what a stretch cost whose work was done later', () => {
    const late = judgeAims({ runs: [run(100), { ...run(1000), keptUp: 0.5 }], idle });
    expect(verdict(late)).toBe(
      "aims not measured: worker and Temporal at 1000/s, growth of Temporal's database at 1000/s",
    );
  });

  it('miss a figure that is no number', () => {
    expect(verdict(judgeAims({ runs: [run(100), run(1000, NaN)], idle }))).toMatch(/^aims missed: p99/);
  });
});
