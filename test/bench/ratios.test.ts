import { compareRatios, ratiosOf, renderComparison, type BenchResult, type Ratios } from '../../bench/compare/ratios';
import { readRecorded } from '../../bench/compare/recorded';

const result: BenchResult = {
  measuredAt: '2026-11-28T10:00:00.000Z',
  machine: 'a machine',
  count: 300_000,
  worker: [
    { cpuPerMillion: { worker: 30, temporal: 10, elasticsearch: 60 } },
    { cpuPerMillion: { worker: 20, temporal: 5, elasticsearch: 50 } },
    { cpuPerMillion: { worker: 10, temporal: 5, elasticsearch: 40 } },
  ],
  loop: [{ cpuPerMillion: { loop: 10, elasticsearch: 25 } }],
  events: [3000, 2000, 2500],
  ofPlain: 1.2,
  ofLoop: 0.7,
  ratio: 0.6,
};
const ratios: Ratios = {
  ofBareBulk: 0.6,
  ofPlain: 1.2,
  ofLoop: 0.7,
  workerCpu: 2,
  temporalCpu: 0.5,
  elasticsearchCpu: 2,
  eventsPerMillion: 2500,
};
const fallen = (now: Partial<Ratios>, tolerance = 0.1) =>
  compareRatios(ratios, { ...ratios, ...now }, tolerance).flatMap(({ name, fell }) => (fell ? [name] : []));

describe('ratios of a bench', () => {
  it('are those of the medians, without any absolute time', () => {
    expect(ratiosOf(result)).toEqual(ratios);
  });

  it('are refused when a process was not measured', () => {
    expect(() => ratiosOf({ ...result, loop: [{ cpuPerMillion: {} }] })).toThrow('workerCpu');
    expect(() => ratiosOf({ ...result, worker: [] })).toThrow('workerCpu');
  });
});

describe('comparison', () => {
  it('leaves out what was not recorded then', () => {
    const { ofPlain, ...others } = ratios;
    expect(ofPlain).toBe(1.2);
    expect(compareRatios(others, ratios, 0.1).map(({ name }) => name)).toEqual(Object.keys(others));
  });

  it('tells a rate that is lower, and a cost that is higher', () => {
    expect(fallen({ ofBareBulk: 0.53, workerCpu: 2.3 })).toEqual(['ofBareBulk', 'workerCpu']);
  });

  it('tells nothing of what is better, or worse by no more than is allowed', () => {
    expect(fallen({ ofBareBulk: 0.9, workerCpu: 1, ofLoop: 0.63, eventsPerMillion: 2750 })).toEqual([]);
    expect(fallen({ ofLoop: 0.629 })).toEqual(['ofLoop']);
    expect(fallen({ ofLoop: 0.699 }, 0)).toEqual(['ofLoop']);
  });

  it('says in its last line which fell, and warns of backlogs that differ', () => {
    const recorded = { measuredAt: result.measuredAt, machine: 'another', count: 300_000, ratios };
    expect(renderComparison(recorded, result, 0.1).split('\n').at(-1)).toBe('no ratio fell by more than 10 %');
    const slower = renderComparison(recorded, { ...result, ratio: 0.3, count: 1000 }, 0.1);
    expect(slower.split('\n').at(-1)).toBe('fell by more than 10 %: ofBareBulk');
    expect(slower).toContain('the backlogs differ in size');
    expect(slower).toContain('FELL: rate as a share of bare bulk: 0.60, now 0.30, 50.0 % worse');
  });
});

describe('bench/recorded.json', () => {
  it('has every ratio, and says when and where it was measured', () => {
    const recorded = readRecorded();
    expect(Object.keys(recorded.ratios)).toEqual(Object.keys(ratios));
    expect(Object.values(recorded.ratios).every((value) => value > 0)).toBe(true);
    expect(recorded.machine).not.toBe('');
    expect(Date.parse(recorded.measuredAt)).toBeGreaterThan(0);
  });
});
