import type { Interval } from '../api/logs/ports';
import type { TimeRange } from './bucket-width';
import { stretchesOf } from './time-zone';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** What a bucket lasts at most, with a change of the clocks in it. */
const LONGEST = { day: DAY_MS, week: 7 * DAY_MS, month: 31 * DAY_MS };

/**
 * Where the buckets of a range begin, as the clock of a time zone has it: what Elasticsearch says of them, for when there is
 * no index that it could say it of.
 */
export function bucketStarts(range: TimeRange, interval: Interval, timeZone: string): number[] {
  const isCalendar = 'calendar' in interval;
  const longest = isCalendar ? LONGEST[interval.calendar] + DAY_MS : interval.ms + 2 * HOUR_MS;
  const stretches = stretchesOf({ fromMs: range.fromMs - longest, toMs: range.toMs }, timeZone);
  const starts: number[] = [];
  let clockEnd = -Infinity;
  let begun = -Infinity;
  for (const { fromMs, toMs, offsetMs } of stretches) {
    const [clockFrom, clockTo] = [fromMs + offsetMs, toMs + offsetMs];
    // Where the clock jumped over a beginning, the bucket begins with what comes behind it.
    const skipped = beginsAtOrAfter(clockEnd, interval) < clockFrom && clockEnd > -Infinity;
    if (skipped && isCalendar) starts.push(fromMs);
    for (let at = beginsAtOrAfter(clockFrom, interval); at < clockTo; at = beginsAtOrAfter(at + 1, interval)) {
      // An hour that the clock shows twice are two hours; a day that it begins twice is one.
      if (isCalendar && at <= begun) continue;
      starts.push(at - offsetMs);
      begun = at;
    }
    clockEnd = clockTo;
  }
  const first = starts.findLastIndex((start) => start <= range.fromMs);
  return starts.slice(Math.max(0, first)).filter((start) => start < range.toMs);
}

/** The first beginning of a bucket that a clock shows from then on; a clock's time as milliseconds, as if it were UTC. */
function beginsAtOrAfter(clock: number, interval: Interval): number {
  if ('ms' in interval) return Math.ceil(clock / interval.ms) * interval.ms;
  if (interval.calendar === 'day') return Math.ceil(clock / DAY_MS) * DAY_MS;
  if (interval.calendar === 'week') {
    return Math.ceil((clock - FIRST_MONDAY_MS) / LONGEST.week) * LONGEST.week + FIRST_MONDAY_MS;
  }
  const date = new Date(clock);
  const thisMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return thisMonth === clock ? clock : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
