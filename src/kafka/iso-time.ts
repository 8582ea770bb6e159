/** The form every time is brought to: UTC with milliseconds. */
const CANONICAL_TIME = /^(?!0000)\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{3}Z$/;
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(?:Z|([+-]\d\d):?(\d\d)?)?)?$/i;

/** ISO 8601 in UTC with milliseconds; undefined when the time is none, or outside the years 0001 to 9999. */
export function isoTime(time: string | number): string | undefined {
  // The form our own generator writes is already the one wanted.
  if (typeof time === 'string' && CANONICAL_TIME.test(time)) return isDayOf(Date.parse(time), time) ? time : undefined;
  const ms = typeof time === 'string' ? parseTime(time) : time;
  if (!(ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999)) return undefined;
  return new Date(ms).toISOString();
}

/**
 * ISO 8601 only, and UTC where no zone is given: Date.parse takes `hello 1` for a time, and a time without a zone for
 * one of the worker's own, so that two workers would write two documents.
 */
function parseTime(time: string): number {
  const match = ISO_TIME.exec(time);
  if (!match) return NaN;
  const [, date = '', clock = '00:00', zoneHours, zoneMinutes = '00'] = match;
  if (!isDayOf(Date.parse(date), date)) return NaN;
  return Date.parse(`${date}T${clock.replace(',', '.')}${zoneHours ? `${zoneHours}:${zoneMinutes}` : 'Z'}`);
}

/** True when a time falls on the day that its text names: Date.parse takes 30 February for 2 March. */
function isDayOf(ms: number, text: string): boolean {
  return new Date(ms).getUTCDate() === Number(text.slice(8, 10));
}
