import fc from 'fast-check';
import { cutFront, formatPosition, parsePosition } from '../../../src/api/tail/position';

const point = fc.record({ generation: fc.integer({ min: 1, max: 9999 }), offset: fc.maxSafeNat() });

describe('a position in the tail', () => {
  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.nat(200), point), { minLength: 1, selector: ([at]) => at }), (entries) => {
        const position = new Map(entries.map(([partition, at]) => [partition, { ...at }]));
        expect(parsePosition(formatPosition(position))).toEqual(position);
      }),
    );
  });

  it('is short: next offsets, and generations from the second on', () => {
    expect(
      formatPosition(
        new Map([
          [0, { generation: 1, offset: 4711 }],
          [2, { generation: 2, offset: 15 }],
        ]),
      ),
    ).toBe('4711,,2.15');
  });

  it.each([
    '',
    ',',
    'x',
    '1,x',
    '-1',
    '1.',
    '.1',
    '0.5',
    '1e3',
    '99999999999999999',
    '9007199254740993',
    ' 1',
    '1 ',
    ','.repeat(3000),
    '1'.repeat(20_000),
  ])('is not %j', (text) => {
    expect(parsePosition(text)).toBeUndefined();
  });

  it('is cut at its front over the lives of a topic', () => {
    const ranges = [
      { partition: 0, generation: 1, from: 5, to: 8 },
      { partition: 0, generation: 2, from: 0, to: 10 },
    ];
    expect(cutFront(ranges, 5)).toEqual({
      cut: [ranges[0], { partition: 0, generation: 2, from: 0, to: 2 }],
      kept: [{ partition: 0, generation: 2, from: 2, to: 10 }],
    });
    expect(cutFront(ranges, 0)).toEqual({ cut: [], kept: ranges });
  });
});
