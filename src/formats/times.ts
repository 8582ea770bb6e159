/** Every usual way to write a time, as milliseconds since the epoch. No clock: a time without a year is held against Kafka's. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY = 86_400_000;
/** The years 0001 to 9999. */
const FIRST = -62_135_596_800_000;
const LAST = 253_402_300_799_999;
/** Characters of `2026-11-24T11:59:58.123Z`. */
const ISO_LENGTH = 24;
/** Longest text that is looked at. */
const MAX_LENGTH = 64;
/** What stands before a number that JavaScript would alter: see exact-numbers.ts. */
const MARK = /^\0number\d+:/;

const CLOCK = String.raw`(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?`;
const ZONE = String.raw`(?:\s?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?))?`;
const ISO = new RegExp(String.raw`^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]${CLOCK}${ZONE})?$`, 'i');
const RFC_2822 = new RegExp(String.raw`^(?:[a-z]{3},? )?(\d{1,2})[ -]([a-z]{3})[ -](\d{4}) ${CLOCK}${ZONE}$`, 'i');
const CLF = new RegExp(String.raw`^(\d{1,2})\/([a-z]{3})\/(\d{4}):${CLOCK}${ZONE}$`, 'i');
/** As syslog writes it, and as `date` and ctime do. */
const NAMED = new RegExp(
  String.raw`^(?:[a-z]{3} )?([a-z]{3}) {1,2}(\d{1,2}) (?:(\d{4}) )?${CLOCK}${ZONE}(?: (\d{4}))?$`,
  'i',
);

/**
 * Milliseconds since the epoch of a time in any usual form: ISO 8601, RFC 2822, the access logs', syslog's, ctime's, and
 * epoch seconds, milliseconds, microseconds or nanoseconds, told apart by size. Without a zone it is UTC.
 *
 * @param near Kafka's time: a time without a year is of the year that brings it nearest
 * @returns undefined when it is none of them, no real day, or outside the years 0001 to 9999
 */
export function readTime(value: unknown, near: number): number | undefined {
  const time =
    typeof value === 'number' ? ofNumber(value) : typeof value === 'string' ? ofText(value, near) : undefined;
  return time !== undefined && time >= FIRST && time <= LAST ? time : undefined;
}

/** What `toISOString` writes, of the years 0001 to 9999: most times are written so, and need no closer look. */
export function readIsoTime(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length !== ISO_LENGTH) return undefined;
  const time = Date.parse(value);
  // Date.parse takes a lot more than that, and what it takes may be altered.
  return time >= FIRST && time <= LAST && new Date(time).toISOString() === value ? time : undefined;
}

/** 1e11 seconds are the year 5138, 1e11 milliseconds are March 1973. */
function ofNumber(value: number): number | undefined {
  if (!(value > 0)) return undefined;
  if (value < 1e11) return Math.floor(value * 1000);
  if (value < 1e14) return Math.floor(value);
  return Math.floor(value < 1e17 ? value / 1000 : value / 1e6);
}

function ofText(text: string, near: number): number | undefined {
  const trimmed = text.replace(MARK, '').trim();
  if (trimmed.length > MAX_LENGTH) return undefined;
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(trimmed)) {
    // Nanoseconds have more digits than a number is exact about.
    return /^\d{18,19}$/.test(trimmed) ? Number(trimmed.slice(0, -6)) : ofNumber(Number(trimmed));
  }
  let found = ISO.exec(trimmed);
  if (found) {
    const [, year, month, day, ...clock] = found;
    return moment(Number(year), Number(month), Number(day), clock);
  }
  found = CLF.exec(trimmed) ?? RFC_2822.exec(trimmed);
  if (found) {
    const [, day, month, year, ...clock] = found;
    return moment(Number(year), monthOf(month), Number(day), clock);
  }
  found = NAMED.exec(trimmed);
  if (!found) return undefined;
  const [, month, day, yearBefore, hours, minutes, seconds, fraction, zone, yearBehind] = found;
  const clock = [hours, minutes, seconds, fraction, zone];
  const year = yearBefore ?? yearBehind;
  if (year !== undefined) return moment(Number(year), monthOf(month), Number(day), clock);
  return nearest(near, (some) => moment(some, monthOf(month), Number(day), clock));
}

function nearest(near: number, inYear: (year: number) => number | undefined): number | undefined {
  const year = new Date(near).getUTCFullYear();
  let best: number | undefined;
  for (const some of [year, year - 1, year + 1]) {
    const time = inYear(some);
    if (time !== undefined && (best === undefined || Math.abs(time - near) < Math.abs(best - near))) best = time;
  }
  return best;
}

function monthOf(name = ''): number {
  return MONTHS.indexOf(name.toLowerCase()) + 1;
}

function moment(
  year: number,
  month: number,
  day: number,
  [hours = '0', minutes = '0', seconds = '0', fraction = '', zone = 'Z']: (string | undefined)[],
): number | undefined {
  // A leap second is the last one of its minute.
  const second = Math.min(Number(seconds), 59);
  if (month < 1 || month > 12 || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  // The 30th of February is no day.
  if (new Date(midnight).getUTCDate() !== day || day === 0) return undefined;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return midnight + ((Number(hours) * 60 + Number(minutes)) * 60 + second) * 1000 + ms - offsetOf(zone);
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Older than this against Kafka's time counts as suspect. */
export const SUSPECT_PAST_MS = 366 * DAY;
/** Newer than this against Kafka's time counts as suspect. */
export const SUSPECT_FUTURE_MS = DAY;
