import { escapeHtml } from './escape';

/** Values over the same times; null where there is none. */
export interface Series {
  name: string;
  values: (number | null)[];
}

export interface Plot {
  title: string;
  unit: string;
  /** Seconds, ascending. */
  times: number[];
  series: Series[];
}

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 64;
/** Room for the half of the last time's label. */
const RIGHT = 24;
const BOTTOM = 24;
const TOP = 12;
const GRID_LINES = 4;
/** Told apart by people who do not see red and green as different, too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** Lines over time as a figure with its legend; a line is broken where a value is missing. */
export function renderPlot({ title, unit, times, series }: Plot): string {
  const known = series.flatMap(({ values }) => values.filter(isNumber));
  const heading = `<figcaption>${escapeHtml(title)}, ${escapeHtml(unit)}</figcaption>`;
  if (known.length === 0) return `<figure>${heading}<p>not known</p></figure>`;
  const top = roundUp(known.reduce((most, value) => Math.max(most, value), 0));
  const [first, last] = [times[0]!, times.at(-1)!];
  const x = (time: number) => LEFT + ((time - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (Math.max(0, value) / top) * (HEIGHT - BOTTOM - TOP);
  const grid = Array.from({ length: GRID_LINES + 1 }, (_, i) => {
    const value = (top * i) / GRID_LINES;
    const at = y(value).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" class="grid"/><text x="${LEFT - 6}" y="${at}" class="y">${showNumber(value)}</text>`;
  });
  const ticks = [first, (first + last) / 2, last].map(
    (time) => `<text x="${x(time).toFixed(1)}" y="${HEIGHT - 6}" class="x">${Math.round(time)} s</text>`,
  );
  const lines = series.map(({ values }, i) => {
    const path = pathOf(times, values, x, y);
    return `<path d="${path}" stroke="${COLOURS[i % COLOURS.length]}"/>`;
  });
  const legend = series.map(
    ({ name }, i) => `<li><span style="background:${COLOURS[i % COLOURS.length]}"></span>${escapeHtml(name)}</li>`,
  );
  const label = escapeHtml(`${title}: ${series.map(({ name }) => name).join(', ')}`);
  return [
    `<figure>${heading}<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">`,
    ...grid,
    ...ticks,
    ...lines,
    `</svg><ul class="legend">${legend.join('')}</ul></figure>`,
  ].join('\n');
}

function pathOf(
  times: number[],
  values: (number | null)[],
  x: (t: number) => number,
  y: (v: number) => number,
): string {
  let open = false;
  const parts: string[] = [];
  for (const [i, time] of times.entries()) {
    const value = values[i];
    if (!isNumber(value)) open = false;
    else {
      parts.push(`${open ? 'L' : 'M'}${x(time).toFixed(1)} ${y(value).toFixed(1)}`);
      // A value alone between two gaps would be no line at all.
      if (!open) parts.push('h0.1');
      open = true;
    }
  }
  return parts.join('');
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** The next of 1, 2 or 5 times a power of ten; 1 for nothing. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power;
}

function showNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
