import fc from 'fast-check';
import { isolateBatch } from '../../src/activities/isolate-batch';
import type { ChildOutcome } from '../../src/activities/isolation-ports';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Children in which `bombs` die, and in which more than `room` heavy records do not fit. */
function children(bombs: number[], heavy: number[] = [], room = Infinity) {
  const runs: number[][] = [];
  const run = async (positions: number[]): Promise<ChildOutcome> => {
    runs.push(positions);
    let held = 0;
    for (const [at, position] of positions.entries()) {
      if (heavy.includes(position)) held += 1;
      if (bombs.includes(position) || held > room) return { kind: 'killed', at, how: 'SIGABRT' };
    }
    return {
      kind: 'prepared',
      range: { parts: [], positions: [positions], rejected: [], several: [], filtered: 0, anomalies: 0 },
    };
  };
  return { run, runs };
}

async function isolate(count: number, { run }: ReturnType<typeof children>) {
  const killed: number[] = [];
  const ranges = await isolateBatch(numbers(count), run, async (position) => void killed.push(position));
  const prepared = ranges.flatMap(({ positions }) => positions.flat());
  return { killed, prepared: prepared.sort((a, b) => a - b) };
}

describe('isolateBatch', () => {
  test('a batch that kills nobody: one child, nothing quarantined', async () => {
    const set = children([]);
    expect(await isolate(100, set)).toEqual({ killed: [], prepared: numbers(100) });
    expect(set.runs).toHaveLength(1);
  });

  test('one killing record among 2,000: two runs alone, the rest in one more', async () => {
    const set = children([1234]);
    const { killed, prepared } = await isolate(2000, set);
    expect(killed).toEqual([1234]);
    expect(prepared).toEqual(numbers(2000).filter((position) => position !== 1234));
    expect(set.runs.map(({ length }) => length)).toEqual([2000, 1, 1, 1999]);
  });

  test('a batch of one killing record: two runs', async () => {
    const set = children([0]);
    expect(await isolate(1, set)).toEqual({ killed: [0], prepared: [] });
    expect(set.runs).toHaveLength(2);
  });

  test('a record that kills once and not again is innocent', async () => {
    const set = children([5]);
    let deaths = 0;
    const run = async (positions: number[]): Promise<ChildOutcome> => {
      const outcome = await set.run(positions);
      if (outcome.kind === 'prepared' || (deaths += 1) <= 2) return outcome;
      return {
        kind: 'prepared',
        range: { parts: [], positions: [positions], rejected: [], several: [], filtered: 0, anomalies: 0 },
      };
    };
    expect(await isolate(20, { ...set, run })).toEqual({ killed: [], prepared: numbers(20) });
  });

  test('a child that cannot start: the error, and nothing quarantined', async () => {
    const killed: number[] = [];
    const run = () => Promise.reject(new Error('no memory'));
    await expect(isolateBatch([0, 1], run, async (position) => void killed.push(position))).rejects.toThrow(
      'no memory',
    );
    expect(killed).toEqual([]);
  });

  test('whatever kills, alone or by its memory with others: exactly the bombs are quarantined, all others prepared', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.uniqueArray(fc.nat(60), { maxLength: 4 }),
        fc.uniqueArray(fc.nat(60)),
        fc.integer({ min: 1, max: 5 }),
        async (count, bombs, heavy, room) => {
          const { killed, prepared } = await isolate(count, children(bombs, heavy, room));
          const present = bombs.filter((position) => position < count);
          expect(killed.sort((a, b) => a - b)).toEqual(present.sort((a, b) => a - b));
          expect(prepared).toEqual(numbers(count).filter((position) => !bombs.includes(position)));
        },
      ),
      { numRuns: 300 },
    );
  });
});
