import { drawFault } from '../../chaos/plan/draw-fault';
import { createDice } from '../../chaos/plan/dice';
import { FAULT_KINDS, kindOf, occupies, type Fault } from '../../chaos/plan/faults';
import { parseSeeds } from '../../chaos/plan/parse-seeds';
import { makePlan } from '../../chaos/plan/plan';

const MINUTE = 60_000;
const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
const workerOf = (fault: Fault) => ('worker' in fault ? fault.worker : 0);

describe('a plan', () => {
  it('is the same for a seed and another for another', () => {
    for (const seed of seeds) expect(makePlan(seed, MINUTE)).toEqual(makePlan(seed, MINUTE));
    expect(new Set(seeds.map((seed) => JSON.stringify({ ...makePlan(seed, MINUTE), seed: 0 }))).size).toBe(
      seeds.length,
    );
  });

  it('has about one fault every five seconds, all within the load', () => {
    for (const seed of seeds) {
      const { faults } = makePlan(seed, MINUTE);
      expect(faults.length).toBeGreaterThanOrEqual(8);
      expect(faults.length).toBeLessThanOrEqual(14);
      for (const { at, lasts } of faults) {
        expect(at).toBeGreaterThan(0);
        expect(at).toBeLessThan(MINUTE);
        expect(lasts).toBeLessThanOrEqual(15_000);
      }
    }
  });

  it('strikes no target while an earlier fault is on it, and only workers there are', () => {
    for (const seed of seeds) {
      const { faults, workers } = makePlan(seed, MINUTE);
      const until = new Map<string, number>();
      for (const { at, lasts, fault } of faults) {
        expect(until.get(occupies(fault)) ?? 0).toBeLessThanOrEqual(at);
        until.set(occupies(fault), at + lasts);
        expect(workerOf(fault)).toBeLessThan(workers);
      }
    }
  });

  it('has every kind of fault over ten neighbouring seeds', () => {
    for (const first of [1, 17, 91]) {
      const kinds = seeds.slice(0, 10).flatMap((i) => makePlan(first + i, MINUTE).faults.map(({ kind }) => kind));
      expect(FAULT_KINDS.filter((kind) => !kinds.includes(kind))).toEqual([]);
    }
  });

  it('has one and two workers, with and without transactions, over a few seeds', () => {
    const plans = seeds.slice(0, 10).map((seed) => makePlan(seed, MINUTE));
    expect(new Set(plans.map(({ workers }) => workers))).toEqual(new Set([1, 2]));
    expect(new Set(plans.map(({ load }) => load.transactions))).toEqual(new Set([true, false]));
  });
});

test('every kind is drawn as that kind', () => {
  for (const kind of FAULT_KINDS) expect(kindOf(drawFault(kind, createDice(1, 1), 2).fault)).toBe(kind);
});

test('seeds are read as numbers and ranges', () => {
  expect(parseSeeds('7')).toEqual([7]);
  expect(parseSeeds('1-3,9')).toEqual([1, 2, 3, 9]);
  for (const text of ['', 'a', '3-1', '1-', '-1', '1.5']) expect(parseSeeds(text)).toBeUndefined();
});
