import { z } from 'zod';

/** A time in a query: fixed, or counted from the moment of the request. Milliseconds. */
export type TimeExpression = { at: number } | { fromNow: number };

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const RELATIVE = /^now(?:([+-])(\d{1,6})([smhdw]))?$/;
/** Digits alone: seconds since the epoch, or, from 12 digits on, milliseconds. Fewer could be a year. */
const EPOCH = /^(?:(\d{9,11}(?:\.\d{1,3})?)|(\d{12,14}))$/;
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(?:([Zz])|([+ -]\d{2}):?(\d{2}))?)?$/;

/**
 * Reads `now`, `now-15m` (s, m, h, d, w), seconds or milliseconds since the epoch, or ISO 8601: a day, or a day and
 * time, in UTC unless an offset is given. The plus sign of an offset may have become a blank on its way through the
 * address.
 *
 * @returns undefined when the text is none of these
 */
export function parseTime(text: string): TimeExpression | undefined {
  const relative = RELATIVE.exec(text);
  if (relative) {
    const [, sign, amount, unit] = relative;
    const distance = unit === undefined ? 0 : Number(amount) * UNITS[unit as keyof typeof UNITS];
    return { fromNow: sign === '-' ? -distance : distance };
  }
  const epoch = EPOCH.exec(text);
  if (epoch) return { at: epoch[1] === undefined ? Number(epoch[2]) : Math.round(Number(epoch[1]) * 1000) };
  const iso = ISO.exec(text);
  if (!iso || !z.iso.date().safeParse(iso[1]).success) return undefined;
  const [, day, time = '00:00', , offsetHours, offsetMinutes] = iso;
  const zone = offsetHours === undefined ? 'Z' : `${offsetHours.replace(' ', '+')}:${offsetMinutes}`;
  const at = Date.parse(`${day}T${time.replace(',', '.')}${zone}`);
  return Number.isNaN(at) ? undefined : { at };
}

/** Milliseconds since the epoch. */
export function resolveTime(time: TimeExpression | undefined, now: number): number | undefined {
  if (time === undefined) return undefined;
  return 'at' in time ? time.at : now + time.fromNow;
}
