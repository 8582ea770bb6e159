import fc from 'fast-check';
import { LEVELS, SEVERITIES, type LogRecord } from '../../src/domain/record';
import { scoreRecord, severityOf } from '../../src/scoring/score-record';
import { logRecord, RULES } from '../support/records';

const score = (fields: Partial<LogRecord>, rules = RULES) => scoreRecord(logRecord(fields), rules);

describe('scoreRecord, one rule at a time', () => {
  test.each<[string, Partial<LogRecord>, string, number]>([
    ['a fatal log', { level: 'fatal' }, 'level_fatal', 60],
    ['an error log', { level: 'error' }, 'level_error', 40],
    ['a warning', { level: 'warn' }, 'level_warn', 10],
    ['status 500', { status_code: 500 }, 'status_5xx', 30],
    ['status 599', { status_code: 599 }, 'status_5xx', 30],
    ['status 400', { status_code: 400 }, 'status_4xx', 10],
    ['status 499', { status_code: 499 }, 'status_4xx', 10],
    ['a response of exactly slowMs', { response_time_ms: 1000 }, 'response_slow', 20],
    ['a response just below verySlowMs', { response_time_ms: 2999.9 }, 'response_slow', 20],
    ['a response of exactly verySlowMs', { response_time_ms: 3000 }, 'response_very_slow', 40],
    ['an error code', { error_code: 'E42' }, 'error_code', 15],
  ])('%s gives its points and its reason, and nothing else', (_case, fields, rule, weight) => {
    expect(score(fields)).toMatchObject({ score: weight, reasons: [{ rule, weight }] });
  });

  test.each<[string, Partial<LogRecord>]>([
    ['an info log', {}],
    ['a debug log', { level: 'debug' }],
    ['status 200', { status_code: 200 }],
    ['status 399', { status_code: 399 }],
    ['a response just below slowMs', { response_time_ms: 999.9 }],
    ['the words "fatal error" in an info message', { message: 'fatal error 500 took 9000ms' }],
    ['fields the rules do not know', { attributes: { level: 'fatal', status_code: 500 } }],
  ])('%s scores nothing: no severity, no anomaly, no reason', (_case, fields) => {
    expect(score(fields)).toEqual({ score: 0, severity: 'none', is_anomaly: false, reasons: [] });
  });
});

describe('scoreRecord, rules together', () => {
  test('a failed request that was slow: the points add up, with a reason each', () => {
    const verdict = score({ level: 'error', status_code: 503, response_time_ms: 1500 });
    expect(verdict).toMatchObject({ score: 90, severity: 'critical', is_anomaly: true });
    expect(verdict.reasons).toEqual([
      { rule: 'level_error', weight: 40 },
      { rule: 'status_5xx', weight: 30 },
      { rule: 'response_slow', weight: 20 },
    ]);
  });

  test('everything at once: the score stops at 100, the reasons keep their weights', () => {
    const verdict = score({ level: 'fatal', status_code: 500, response_time_ms: 60_000, error_code: 'DB_DOWN' });
    expect(verdict).toMatchObject({ score: 100, severity: 'critical', is_anomaly: true });
    expect(verdict.reasons.reduce((sum, { weight }) => sum + weight, 0)).toBe(145);
  });

  test('a score just below the threshold is no anomaly, one on it is', () => {
    const fields = { level: 'error', status_code: 404 } as const;
    expect(score(fields, { ...RULES, anomalyThreshold: 51 }).is_anomaly).toBe(false);
    expect(score(fields, { ...RULES, anomalyThreshold: 50 }).is_anomaly).toBe(true);
  });

  test.each<[keyof typeof RULES, Partial<LogRecord>]>([
    ['fatal', { level: 'fatal' }],
    ['error', { level: 'error' }],
    ['warn', { level: 'warn' }],
    ['serverError', { status_code: 500 }],
    ['clientError', { status_code: 404 }],
    ['slow', { response_time_ms: 1000 }],
    ['verySlow', { response_time_ms: 3000 }],
    ['errorCode', { error_code: 'E42' }],
  ])('%s set to 0: the rule is off and gives no reason', (rule, fields) => {
    expect(score(fields, { ...RULES, [rule]: 0 })).toMatchObject({ score: 0, reasons: [] });
  });

  test('verySlowMs equal to slowMs: a response is very slow, never both', () => {
    const rules = { ...RULES, verySlowMs: RULES.slowMs };
    expect(score({ response_time_ms: 1000 }, rules).reasons).toEqual([{ rule: 'response_very_slow', weight: 40 }]);
  });
});

describe('severityOf', () => {
  test.each([
    [0, 'none'],
    [9, 'none'],
    [10, 'low'],
    [29, 'low'],
    [30, 'medium'],
    [59, 'medium'],
    [60, 'high'],
    [84, 'high'],
    [85, 'critical'],
    [100, 'critical'],
  ])('a score of %i is %s', (points, severity) => {
    expect(severityOf(points, RULES)).toBe(severity);
  });

  test('equal thresholds: the more serious severity holds', () => {
    expect(severityOf(50, { ...RULES, low: 50, medium: 50, high: 50, critical: 50 })).toBe('critical');
  });
});

describe('scoreRecord, for any record and rules', () => {
  const records = fc.record(
    {
      level: fc.constantFrom(...LEVELS),
      status_code: fc.integer({ min: 100, max: 599 }),
      response_time_ms: fc.double({ min: 0, max: 1e7, noNaN: true }),
      error_code: fc.string(),
    },
    { requiredKeys: ['level'] },
  );
  const points = fc.integer({ min: 0, max: 100 });
  const rulesets = fc
    .record({ fatal: points, error: points, warn: points, serverError: points, clientError: points, slow: points })
    .map((weights) => ({ ...RULES, ...weights }));

  test('the score is the capped sum of the reasons, from 0 to 100, and severity and flag follow from it', () => {
    fc.assert(
      fc.property(records, rulesets, (fields, rules) => {
        const verdict = score(fields, rules);
        const sum = verdict.reasons.reduce((total, { weight }) => total + weight, 0);
        expect(verdict.score).toBe(Math.min(100, sum));
        expect(verdict.severity).toBe(severityOf(verdict.score, rules));
        expect(verdict.is_anomaly).toBe(verdict.score >= rules.anomalyThreshold);
        expect(verdict.reasons.every(({ weight }) => weight > 0)).toBe(true);
      }),
    );
  });

  test('the same record and rules give the same bytes, and neither is changed', () => {
    fc.assert(
      fc.property(records, rulesets, (fields, rules) => {
        const record = Object.freeze(logRecord(fields));
        const first = JSON.stringify(scoreRecord(record, Object.freeze(rules)));
        expect(JSON.stringify(scoreRecord(structuredClone(record), { ...rules }))).toBe(first);
      }),
    );
  });

  test('a more serious level, all else equal, never scores less under the default rules', () => {
    fc.assert(
      fc.property(records, (fields) => {
        const scores = LEVELS.map((level) => score({ ...fields, level }).score);
        expect(scores).toEqual([...scores].sort((a, b) => a - b));
      }),
    );
  });

  test('the verdict of an unremarkable record, which many share, cannot be spoilt', () => {
    const { reasons } = score({});
    expect(() => reasons.push({ rule: 'spoilt', weight: 1 })).toThrow(TypeError);
    expect(score({}).reasons).toEqual([]);
    expect(SEVERITIES[0]).toBe(score({}).severity);
  });
});
