import { FlagError } from '../../bench/flags';
import { parseMix, readOptions } from '../../bench/stress/options';
import { describeSample } from '../../bench/stress/progress';
import { chooseKind, queryPath, QUERY_KINDS } from '../../bench/stress/queries';
import { rateSince } from '../../bench/stress/sample';
import { Tally } from '../../bench/stress/tally';

describe('stress options', () => {
  it('have defaults, and take what is given', () => {
    expect(readOptions([])).toMatchObject({ rate: 500, seconds: 60, clients: 4, queryRate: 0, ownStack: false });
    const given = readOptions(['--rate', '0', '--query-rate', '20', '--mix', 'stats=2', '--own-stack']);
    expect(given).toMatchObject({ rate: 0, queryRate: 20, ownStack: true, mix: { stats: 2, search: 0 } });
    expect(readOptions(['--help'])).toBe('help');
  });

  test.each([
    ['--rate', '-1'],
    ['--seconds', '0'],
    ['--clients', '1001'],
    ['--mix', 'search'],
    ['--mix', 'search=1,search=2'],
    ['--mix', 'search=1=2'],
    ['--mix', 'toString=1'],
    ['--mix', 'search=0'],
    ['--nothing', 'x'],
    ['stray'],
  ])('refuse %s %s in words', (...args) => {
    expect(() => readOptions(args)).toThrow(FlagError);
  });

  it('refuse a run that would do nothing', () => {
    expect(() => readOptions(['--rate', '0', '--clients', '0'])).toThrow('nothing to do');
  });
});

describe('queries', () => {
  it('are chosen by their weights, and never one without a weight', () => {
    const mix = parseMix('search=3,facets=1');
    const chosen = Array.from({ length: 8 }, (_, i) => chooseKind(mix, i / 8));
    expect(chosen.filter((kind) => kind === 'search')).toHaveLength(6);
    expect(chosen.filter((kind) => kind === 'facets')).toHaveLength(2);
    expect(chooseKind(mix, 0.999999)).toBe('facets');
  });

  it('have a path of every kind, and none for the context of a log that is not known', () => {
    const paths = QUERY_KINDS.map((kind) => queryPath(kind, { count: 1, minutes: 5, logId: 'a/b' }));
    expect(paths).toEqual([
      '/logs?from=now-5m&level=error',
      '/logs/stats?from=now-5m',
      '/logs/histogram?from=now-5m&split=service',
      '/logs/facets?from=now-5m',
      '/logs/a%2Fb/context?before=20',
    ]);
    expect(queryPath('context', { count: 1, minutes: 5 })).toBeUndefined();
  });
});

describe('tally', () => {
  it('counts answers by kind and errors by code', () => {
    const tally = new Tally();
    for (const ms of [1, 2, 3]) tally.answered('search', ms);
    tally.failed('search', '429 rate_limited');
    tally.failed('stats', '__proto__');
    tally.failed('stats', '__proto__');
    const figures = tally.figures();
    expect(Object.keys(figures)).toEqual(['search', 'stats']);
    expect(figures.search).toEqual({ answered: 3, p50: 2, p95: 3, p99: 3, errors: { '429 rate_limited': 1 } });
    expect(Object.entries(figures.stats!.errors)).toEqual([['__proto__', 2]]);
  });

  it('gives what is recent once', () => {
    const tally = new Tally();
    tally.answered('search', 5);
    tally.failed('stats', 'x');
    expect(tally.takeRecent()).toMatchObject({ answered: 1, failed: 1, p50: 5 });
    expect(tally.takeRecent()).toMatchObject({ answered: 0, failed: 0, p50: NaN });
    expect(tally.figures().search?.answered).toBe(1);
  });
});

describe('rates', () => {
  it('are of the time between two counts, and none without both', () => {
    expect(rateSince({ at: 1000, count: 100 }, { at: 3000, count: 300 })).toBe(100);
    expect(rateSince(undefined, { at: 1, count: 1 })).toBeNull();
    expect(rateSince({ at: 1, count: 1 }, undefined)).toBeNull();
    expect(rateSince({ at: 1, count: 1 }, { at: 1, count: 2 })).toBeNull();
  });

  it('are nothing while a count goes back', () => {
    expect(rateSince({ at: 0, count: 100 }, { at: 1000, count: 50 })).toBe(0);
  });
});

describe('progress', () => {
  it('shows a dash for what is not known', () => {
    const line = describeSample({
      ...{
        at: 3.2,
        producedRate: 499.6,
        indexedRate: null,
        lag: 1234,
        queryRate: 9,
        errorRate: 0,
        p50: 12.4,
        p99: null,
      },
      ...{ cores: { worker: 0.5, api: 0.25 }, memoryMb: {} },
    });
    expect(line).toBe(
      '3 s  produced 500/s  indexed -/s  lag 1,234  queries 9/s  errors 0/s  p50 12 ms  p99 -  cores 0.8',
    );
  });
});
