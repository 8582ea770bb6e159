import { contradictions } from '../../src/scoring/rules';
import { RULES } from '../support/records';

describe('contradictions', () => {
  test('the default rules: none', () => {
    expect(contradictions(RULES)).toEqual([]);
  });

  test('equal thresholds: none', () => {
    expect(contradictions({ ...RULES, slowMs: 5, verySlowMs: 5, low: 9, medium: 9, high: 9, critical: 9 })).toEqual([]);
  });

  test('a very slow response quicker than a slow one: one line that names both variables', () => {
    expect(contradictions({ ...RULES, verySlowMs: 999 })).toEqual([
      expect.stringMatching(/SCORE_VERY_SLOW_MS.*SCORE_SLOW_MS/),
    ]);
  });

  test.each([{ low: 31 }, { medium: 61 }, { high: 86 }, { critical: 59 }])(
    'severities that fall, %j: one line that names them',
    (change) => {
      expect(contradictions({ ...RULES, ...change })).toEqual([expect.stringContaining('SCORE_LOW, SCORE_MEDIUM')]);
    },
  );

  test('two contradictions: two lines', () => {
    expect(contradictions({ ...RULES, verySlowMs: 1, low: 100 })).toHaveLength(2);
  });
});
