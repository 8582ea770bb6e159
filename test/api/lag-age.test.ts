import fc from 'fast-check';
import { lagAges } from '../../src/api/metrics/lag-age';

const NOW = 1_795_514_000_000;

/** Kafka whose one partition holds records of these ages in seconds, the oldest first. */
function topicOf(ages: number[]) {
  const asked: number[] = [];
  const offsetsAt = async (_topic: string, time: number) => {
    asked.push((NOW - time) / 1000);
    const first = ages.findIndex((age) => NOW - age * 1000 >= time);
    return new Map([[0, first < 0 ? ages.length : first]]);
  };
  return { asked, offsets: { offsetsAt } };
}

async function ageAt(ages: number[], next: number): Promise<number> {
  const { offsets } = topicOf(ages);
  const found = await lagAges(offsets, 'logs', [{ partition: 0, next, end: ages.length }], NOW);
  return found.get(0)!;
}

describe('lagAges', () => {
  it('asks nothing while nothing waits', async () => {
    const { asked, offsets } = topicOf([3, 2, 1]);
    expect(await lagAges(offsets, 'logs', [{ partition: 0, next: 3, end: 3 }], NOW)).toEqual(new Map([[0, 0]]));
    expect(asked).toEqual([]);
  });

  it('is exact where records come evenly', async () => {
    const ages = Array.from({ length: 1000 }, (_, offset) => 1000 - offset - 0.5);
    for (const next of [500, 900, 990]) {
      expect(Math.abs((await ageAt(ages, next)) - ages[next]!)).toBeLessThan(1);
    }
  });

  it('is within a second or a factor of two of the true age, however they come', async () => {
    const age = fc.double({ min: 1, max: 1_000_000, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.array(age, { minLength: 1, maxLength: 50 }), fc.nat(), async (some, at) => {
        const ages = some.sort((a, b) => b - a);
        const next = at % ages.length;
        const found = await ageAt(ages, next);
        const off = Math.max(found, ages[next]!) / Math.min(found, ages[next]!);
        expect(Math.abs(found - ages[next]!) <= 1 || off <= 2).toBe(true);
      }),
    );
  });

  it('stops at the oldest age that is asked for', async () => {
    expect(await ageAt([1e9, 1], 0)).toBe(2 ** 21);
  });
});
