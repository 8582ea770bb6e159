const MINUTE = 60_000;
/** No zone changes its clocks back and forth within so long. */
const STEADY = 7 * 24 * 60 * MINUTE;
const OFFSET = /^([+-])(\d\d):(\d\d)$/;

/** A stretch of time in which the clocks of a zone differ from UTC by the same. Milliseconds; the end is exclusive. */
export interface Stretch {
  fromMs: number;
  toMs: number;
  /** What the clock shows, less UTC. */
  offsetMs: number;
}

/** The stretches of a range, in order and without gaps; their borders are whole minutes. */
export function stretchesOf({ fromMs, toMs }: { fromMs: number; toMs: number }, timeZone: string): Stretch[] {
  const offsetAt = offsetsOf(timeZone);
  const found: Stretch[] = [];
  const add = (stretch: Stretch) => {
    const last = found.at(-1);
    if (last?.offsetMs === stretch.offsetMs) last.toMs = stretch.toMs;
    else found.push(stretch);
  };
  const divide = (start: number, end: number, first: number, last: number) => {
    if (first === last) return add({ fromMs: start, toMs: end, offsetMs: first });
    const middle = start + Math.floor((end - start) / 2 / MINUTE) * MINUTE;
    if (middle === start) return add({ fromMs: start, toMs: end, offsetMs: first });
    const between = offsetAt(middle);
    divide(start, middle, first, between);
    divide(middle, end, between, last);
  };
  const begin = Math.floor(fromMs / MINUTE) * MINUTE;
  for (let start = begin, first = offsetAt(start); start < toMs; start += STEADY) {
    const end = start + STEADY;
    const last = offsetAt(end);
    divide(start, end, first, last);
    first = last;
  }
  return found;
}

/** What the clock shows at a time, less UTC. */
function offsetsOf(timeZone: string): (time: number) => number {
  if (timeZone === 'UTC') return () => 0;
  const [, sign, hours, minutes] = OFFSET.exec(timeZone) ?? [];
  if (sign) {
    const offset = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
    return () => offset;
  }
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return (time) => {
    const parts = Object.fromEntries(clock.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    return Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
  };
}
