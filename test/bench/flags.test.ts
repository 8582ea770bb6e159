import { FlagError, wholeFlag, wholesFlag } from '../../bench/flags';

describe('flags', () => {
  it('takes whole numbers, and lists of them', () => {
    expect(wholeFlag('rate', '0', 0)).toBe(0);
    expect(wholesFlag('rates', '100, 1000')).toEqual([100, 1000]);
  });

  test.each(['', '0', '-1', '1.5', '1e3', '1000001', 'x', '٣'])('refuses %j as a number above 0', (text) => {
    expect(() => wholeFlag('rate', text)).toThrow(FlagError);
  });

  test.each(['100,', '100,100', 'a,b'])('refuses the list %j', (text) => {
    expect(() => wholesFlag('rates', text)).toThrow(FlagError);
  });
});
