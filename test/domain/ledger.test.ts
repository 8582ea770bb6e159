import fc from 'fast-check';
import { book, countFates, FATES, imbalance, noFates, openLedger, type FateCounts } from '../../src/domain/ledger';

const fates = fc.record(Object.fromEntries(FATES.map((fate) => [fate, fc.nat(1000)]))) as fc.Arbitrary<FateCounts>;

describe('ledger', () => {
  test('an account that was just opened is in balance', () => {
    const ledger = openLedger('42');
    expect(ledger).toEqual({ ...noFates(), first: '42', next: '42' });
    expect(imbalance(ledger)).toBe(0);
  });

  test('ranges booked one after another keep it in balance, with nothing forgotten', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fates), (first, ranges) => {
        let ledger = openLedger(String(first));
        for (const range of ranges) {
          const to = String(Number(ledger.next) + countFates(range));
          ledger = book(ledger, { from: ledger.next, to }, range);
          expect(imbalance(ledger)).toBe(0);
        }
        for (const fate of FATES) expect(ledger[fate]).toBe(ranges.reduce((sum, range) => sum + range[fate], 0));
        expect(ledger.first).toBe(String(first));
      }),
    );
  });

  test('booking leaves the account that it was given alone', () => {
    const ledger = Object.freeze(openLedger('0'));
    book(ledger, { from: '0', to: '1' }, { ...noFates(), indexed: 1 });
    expect(ledger.indexed).toBe(0);
  });

  test.each([
    ['a hole before it', { from: '6', to: '7' }, { indexed: 1 }],
    ['an overlap', { from: '4', to: '5' }, { indexed: 1 }],
    ['too few fates', { from: '5', to: '7' }, { indexed: 1 }],
    ['too many fates', { from: '5', to: '6' }, { indexed: 1, void: 1 }],
    ['a range that ends before it begins', { from: '5', to: '4' }, {}],
    ['an offset that is none', { from: '5', to: 'x' }, {}],
  ])('a range with %s is refused', (_case, range, counts) => {
    expect(() => book(openLedger('5'), range, { ...noFates(), ...counts })).toThrow(RangeError);
  });

  test('the imbalance says by how much an account is off', () => {
    expect(imbalance({ ...openLedger('0'), next: '10', indexed: 7 })).toBe(3);
    expect(imbalance({ ...openLedger('0'), indexed: 7 })).toBe(-7);
  });
});
