import { parseTime, resolveTime } from '../../src/api/time';

describe('parseTime', () => {
  it.each([
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    ['2026-11-24T10:00:00Z', Date.UTC(2026, 10, 24, 10)],
    ['2026-11-24T10:00', Date.UTC(2026, 10, 24, 10)],
    ['2026-11-24 10:00:00.250', Date.UTC(2026, 10, 24, 10, 0, 0, 250)],
    ['2026-11-24T10:00:00+01:00', Date.UTC(2026, 10, 24, 9)],
    ['2026-11-24T10:00:00 01:00', Date.UTC(2026, 10, 24, 9)],
    ['2026-11-24T10:00:00-0130', Date.UTC(2026, 10, 24, 11, 30)],
    ['1764000000', 1_764_000_000_000],
    ['1764000000.25', 1_764_000_000_250],
    ['1764000000123', 1_764_000_000_123],
  ])('reads %s', (text, at) => {
    expect(parseTime(text)).toEqual({ at });
  });

  it.each([
    ['now', 0],
    ['now-15m', -900_000],
    ['now+1h', 3_600_000],
    ['now-2w', -1_209_600_000],
  ])('reads %s', (text, distance) => {
    expect(resolveTime(parseTime(text), 5000)).toBe(5000 + distance);
  });

  it.each([
    '',
    'yesterday',
    'now-',
    'now-1y',
    'now-99999999d',
    '2026-02-30',
    '2026-13-01',
    '2026-11-24T25:00Z',
    '2026',
    '17640000',
    '1764000000000000',
    'NaN',
  ])('refuses %p', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
