import fc from 'fast-check';
import { planRequests } from '../../src/activities/plan-requests';
import type { BulkPart } from '../../src/activities/ports';

const MIB = 1024 * 1024;

/** Parts of a batch, one per list of the sizes of its items, with positions one behind the other. */
function batchOf(...sizes: number[][]) {
  let position = 0;
  const positions = sizes.map((some) => some.map(() => position++));
  const parts = sizes.map((some, number) => {
    const starts = new Uint32Array(some.length + 1);
    some.forEach((size, item) => (starts[item + 1] = starts[item]! + size));
    return { index: `i-${number}`, starts } as BulkPart;
  });
  return { parts, positions };
}

const equal = (count: number, size: number) => Array.from({ length: count }, () => size);
const shape = (batch: ReturnType<typeof batchOf>, attempt = 1, settled: (position: number) => boolean = () => false) =>
  planRequests(batch, settled, attempt).map(({ part, items }) => [part.index, items[0], items.length]);

describe('planRequests', () => {
  it('sends a small part whole, and each part by itself', () => {
    expect(shape(batchOf(equal(3, 600), equal(2, 600)))).toEqual([
      ['i-0', 0, 3],
      ['i-1', 0, 2],
    ]);
  });

  it('divides what is larger than one request into equal shares', () => {
    expect(shape(batchOf(equal(32_000, 640)))).toEqual([
      ['i-0', 0, 8000],
      ['i-0', 8000, 8000],
      ['i-0', 16_000, 8000],
      ['i-0', 24_000, 8000],
    ]);
  });

  it('keeps two threads of Elasticsearch busy with what is not small', () => {
    expect(shape(batchOf(equal(5000, 600)))).toEqual([
      ['i-0', 0, 2500],
      ['i-0', 2500, 2500],
    ]);
    expect(shape(batchOf(equal(4999, 600)))).toEqual([['i-0', 0, 4999]]);
  });

  it('never divides an item', () => {
    expect(shape(batchOf(equal(1, 64 * MIB)))).toEqual([['i-0', 0, 1]]);
    expect(shape(batchOf(equal(2, 64 * MIB)))).toHaveLength(2);
  });

  it('leaves out what has its fate, and nothing when all have', () => {
    const batch = batchOf(equal(4, 600), equal(2, 600));
    expect(planRequests(batch, (position) => position !== 2 && position !== 5, 1)).toMatchObject([
      { items: [2], positions: [0, 1, 2, 3] },
      { items: [1], positions: [4, 5] },
    ]);
    expect(shape(batch, 1, () => true)).toEqual([]);
    expect(shape(batchOf([]))).toEqual([]);
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 8],
    [60, 8],
  ])('attempt %d of 4,000 small ones: %d requests, since each has some hundreds', (attempt, requests) => {
    expect(shape(batchOf(equal(4000, 600)), attempt)).toHaveLength(requests);
  });

  it('sends each item without a fate exactly once, in order, at any attempt', () => {
    const sizes = fc.array(fc.array(fc.oneof(fc.nat(2000), fc.nat(6 * MIB)), { maxLength: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 80 }), fc.nat(), (some, attempt, seed) => {
        const batch = batchOf(...some);
        const isSettled = (position: number) => ((position * 7919 + seed) & 3) === 0;
        const sent = planRequests(batch, isSettled, attempt).flatMap(({ positions, items }) => {
          expect(items.length).toBeGreaterThan(0);
          return items.map((item) => positions[item]!);
        });
        expect(sent).toEqual(batch.positions.flat().filter((position) => !isSettled(position)));
      }),
    );
  });
});
