import fc from 'fast-check';
import { Settlement, type SettledFate } from '../../src/activities/settlement';

const fates = fc.constantFrom<SettledFate>('indexed', 'duplicate', 'deadLettered');

describe('Settlement', () => {
  test('what is settled, across any number of attempts and JSON, has its first fate and counts once', () => {
    const steps = fc.array(fc.array(fc.tuple(fc.nat(99), fates), { maxLength: 30 }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), steps, (count, attempts) => {
        const model = new Map<number, SettledFate>();
        let settlement = new Settlement(count);
        for (const attempt of attempts) {
          settlement = new Settlement(count, JSON.parse(JSON.stringify(settlement.state)) as typeof settlement.state);
          for (const [at, fate] of attempt) {
            if (at >= count) continue;
            settlement.settle(at, fate);
            if (!model.has(at)) model.set(at, fate);
          }
        }
        for (let at = 0; at < count; at += 1) expect(settlement.isSettled(at)).toBe(model.has(at));
        for (const fate of ['indexed', 'duplicate', 'deadLettered'] as const) {
          expect(settlement.counts[fate]).toBe([...model.values()].filter((one) => one === fate).length);
        }
      }),
    );
  });

  test('a state of another count is of another reading, and is not used', () => {
    const earlier = new Settlement(8);
    earlier.settle(3, 'indexed');
    const settlement = new Settlement(9, earlier.state);
    expect(settlement.isSettled(3)).toBe(false);
    expect(settlement.counts.indexed).toBe(0);
  });

  test('the state of a batch of 10,000 records stays below 2 KiB', () => {
    const settlement = new Settlement(10_000);
    for (let at = 0; at < 10_000; at += 3) settlement.settle(at, 'indexed');
    expect(JSON.stringify(settlement.state).length).toBeLessThan(2048);
  });

  test('no records: nothing to settle', () => {
    expect(new Settlement(0).state).toMatchObject({ count: 0, settled: '' });
  });
});
