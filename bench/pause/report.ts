import type { PauseTimes } from './pause-once';

/** What is promised of every pause, in ms. */
const ANSWER_MS = 1000;
const PAUSED_MS = 10_000;

const COLUMNS: [string, (times: PauseTimes) => string | number][] = [
  ['Elasticsearch', ({ condition }) => condition],
  ['at supervisor', ({ supervisor }) => supervisor],
  ['obeyed', ({ obeyed }) => obeyed],
  ['answered', ({ answered, status }) => `${answered}${status === 200 ? '' : ` (${status})`}`],
  ['paused', ({ paused }) => paused],
  ['handed on then', ({ handedOn }) => handedOn],
  ['bulks while paused', ({ bulks }) => bulks],
];

/** One row a pause, times in ms after the order. */
export function renderTimes(times: PauseTimes[]): string {
  const rows = [COLUMNS.map(([head]) => head), ...times.map((one) => COLUMNS.map(([, cell]) => String(cell(one))))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padStart(widths[column]!)).join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

/** What is not as promised. */
export function problemsOf(times: PauseTimes): string[] {
  const { condition, status, states, obeyed, answered, paused, handedOn, bulks } = times;
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => void (holds || problems.push(`${condition}: ${problem}`));
  demand(status === 200 && states.every((state) => /^paus(ing|ed)$/.test(state)), `${status}, ${states.join(', ')}`);
  demand(answered <= ANSWER_MS, `answered after ${answered} ms`);
  demand(obeyed <= ANSWER_MS, `the last partition obeyed after ${obeyed} ms`);
  demand(paused <= PAUSED_MS, `paused after ${paused} ms`);
  demand(handedOn === 0, `${handedOn} batches were handed on after it was obeyed`);
  demand(bulks === 0, `${bulks} bulk requests began while it held`);
  return problems;
}
