import Table from 'cli-table3';
import { showCount } from '../../local/commands/figures';
import { cellsOf } from './render-report';
import type { Sample } from './sample';
import type { KindFigures } from './tally';

/** A sample as one line of a terminal. */
export function describeSample(sample: Sample): string {
  const count = (value: number | null) => showCount(value === null ? null : Math.round(value));
  const ms = (value: number | null) => (value === null ? '-' : `${Math.round(value)} ms`);
  const cpu = Object.values(sample.cores).reduce((sum, cores) => sum + cores, 0);
  return [
    `${Math.round(sample.at)} s`,
    `produced ${count(sample.producedRate)}/s`,
    `indexed ${count(sample.indexedRate)}/s`,
    `lag ${count(sample.lag)}`,
    `queries ${count(sample.queryRate)}/s`,
    `errors ${count(sample.errorRate)}/s`,
    `p50 ${ms(sample.p50)}`,
    `p99 ${ms(sample.p99)}`,
    `cores ${cpu.toFixed(1)}`,
  ].join('  ');
}

/** What came of each kind of query, as a table of the terminal. */
export function describeKinds(kinds: Partial<Record<string, KindFigures>>): string {
  const head = ['query', 'answered', 'p50 ms', 'p95 ms', 'p99 ms', 'errors'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const [kind, figures] of Object.entries(kinds)) table.push([kind, ...cellsOf(figures!)]);
  return table.toString();
}

/** Shows a line in the place of the one before on a terminal, and below it where output is kept. */
export function showProgress(line: string, out: NodeJS.WriteStream = process.stdout): void {
  out.write(out.isTTY ? `\r\u001b[K${line.slice(0, (out.columns || 120) - 1)}` : `${line}\n`);
}
