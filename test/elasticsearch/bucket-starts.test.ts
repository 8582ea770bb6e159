import { bucketStarts } from '../../src/elasticsearch/bucket-starts';

const HOUR = 3_600_000;
const range = (from: string, to: string) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) });
const shown = (starts: number[]) => starts.map((start) => new Date(start).toISOString().slice(0, 16));

describe('bucketStarts', () => {
  it('begins with the bucket that holds the start, and ends before the end', () => {
    const found = bucketStarts(range('2026-11-24T10:30:00Z', '2026-11-24T13:00:00Z'), { ms: HOUR }, 'UTC');
    expect(shown(found)).toEqual(['2026-11-24T10:00', '2026-11-24T11:00', '2026-11-24T12:00']);
  });

  it('begins days at midnight of the zone, also of 23 and 25 hours', () => {
    const day = { calendar: 'day' } as const;
    const spring = range('2027-03-27T12:00:00Z', '2027-03-29T12:00:00Z');
    expect(shown(bucketStarts(spring, day, 'Europe/Berlin'))).toEqual([
      ...['2027-03-26T23:00', '2027-03-27T23:00', '2027-03-28T22:00'],
    ]);
    const autumn = range('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z');
    expect(shown(bucketStarts(autumn, day, 'Europe/Berlin'))).toEqual([
      ...['2026-10-23T22:00', '2026-10-24T22:00', '2026-10-25T23:00'],
    ]);
  });

  it('begins a day whose midnight does not exist with its first moment', () => {
    const found = bucketStarts(
      range('2017-10-14T12:00:00Z', '2017-10-16T12:00:00Z'),
      { calendar: 'day' },
      'America/Sao_Paulo',
    );
    expect(shown(found)).toEqual(['2017-10-14T03:00', '2017-10-15T03:00', '2017-10-16T02:00']);
  });

  it('begins weeks on Monday, and months on their first day, by an offset as well', () => {
    const weeks = bucketStarts(range('2026-11-24T00:00:00Z', '2026-12-02T00:00:00Z'), { calendar: 'week' }, 'UTC');
    expect(shown(weeks)).toEqual(['2026-11-23T00:00', '2026-11-30T00:00']);
    const months = bucketStarts(range('2026-01-31T20:00:00Z', '2026-03-01T00:00:00Z'), { calendar: 'month' }, '+05:00');
    expect(shown(months)).toEqual(['2026-01-31T19:00', '2026-02-28T19:00']);
  });

  it('shows an hour twice that the clock shows twice', () => {
    const night = range('2026-10-24T23:00:00Z', '2026-10-25T03:00:00Z');
    expect(bucketStarts(night, { ms: HOUR }, 'Europe/Berlin')).toHaveLength(4);
  });
});
