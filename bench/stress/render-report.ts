import { escapeHtml } from './escape';
import type { StressOptions } from './options';
import { renderPlot, type Series } from './plot';
import type { Sample } from './sample';
import type { KindFigures } from './tally';

/** All that a report shows, and that `result.json` beside it holds. */
export interface StressResult {
  startedAt: string;
  machine: string;
  /** Load of the machine before it began. */
  loadBefore: number;
  /** Which stack, in words. */
  stack: string;
  options: StressOptions;
  samples: Sample[];
  kinds: Partial<Record<string, KindFigures>>;
  /** What went wrong, in words. */
  problems: string[];
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:760px;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}td,th{text-align:right;padding:.2rem .5rem;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}figure{margin:2rem 0 0}figcaption{font-weight:600}svg{width:100%;height:auto}
svg path{fill:none;stroke-width:1.6;stroke-linecap:round}svg .grid{stroke:#ddd}svg text{font-size:11px;fill:#555}
svg .y{text-anchor:end;dominant-baseline:middle}svg .x{text-anchor:middle}.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;margin:0}
.legend span{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem}.problems{color:#b00020}`;

/** One page that needs nothing else: no script, no font and no picture from anywhere. */
export function renderReport(result: StressResult): string {
  const { samples, kinds, options, problems } = result;
  const times = samples.map(({ at }) => at);
  const plot = (title: string, unit: string, series: Series[]) => renderPlot({ title, unit, times, series });
  const one = (name: string, value: (sample: Sample) => number | null): Series => ({
    name,
    values: samples.map(value),
  });
  const byProcess = (of: 'cores' | 'memoryMb') =>
    [...new Set(samples.flatMap((sample) => Object.keys(sample[of])))].map((name) =>
      one(name, (sample) => sample[of][name] ?? null),
    );
  const mix = Object.entries(options.mix).flatMap(([kind, weight]) => (weight > 0 ? [`${kind} ${weight}`] : []));
  const about: [string, string][] = [
    ['Began', result.startedAt],
    ['Machine', `${result.machine}; load before ${result.loadBefore.toFixed(1)}`],
    ['Stack', result.stack],
    ['Logs', `${options.rate} a second for ${options.seconds} s`],
    [
      'Queries',
      `${options.clients} clients, ${options.queryRate || 'as many as are answered'} a second; ${mix.join(', ')}`,
    ],
  ];
  const row = (cell: 'td' | 'th', cells: (string | number)[]) =>
    `<tr>${cells.map((text) => `<${cell}>${escapeHtml(String(text))}</${cell}>`).join('')}</tr>`;
  const kindRows = Object.entries(kinds).map(([kind, figures]) => row('td', [kind, ...cellsOf(figures!)]));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Sluice under stress, ${escapeHtml(result.startedAt)}</title><style>${STYLE}</style></head><body>
<h1>Sluice under stress</h1>
<table>${about.map((cells) => row('td', cells)).join('')}</table>
${problems.length > 0 ? `<ul class="problems">${problems.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>` : ''}
<h2>Queries</h2>
<table>${row('th', ['kind', 'answered', 'p50 ms', 'p95 ms', 'p99 ms', 'errors'])}${kindRows.join('')}</table>
${plot('Records', 'a second', [one('produced', (s) => s.producedRate), one('indexed', (s) => s.indexedRate)])}
${plot('Lag', 'records', [one('lag', (s) => s.lag)])}
${plot('Queries', 'a second', [one('answered', (s) => s.queryRate), one('failed', (s) => s.errorRate)])}
${plot('Time of queries', 'ms', [one('p50', (s) => s.p50), one('p99', (s) => s.p99)])}
${plot('CPU', 'cores', byProcess('cores'))}
${plot('Memory', 'MB', byProcess('memoryMb'))}
</body></html>
`;
}

/** A kind's figures as cells of a row, behind its name. */
export function cellsOf({ answered, p50, p95, p99, errors }: KindFigures): string[] {
  const counted = Object.entries(errors).map(([code, count]) => `${count} × ${code}`);
  const times = [p50, p95, p99].map((ms) => (Number.isNaN(ms) ? '-' : ms.toFixed(0)));
  return [String(answered), ...times, counted.join(', ') || '-'];
}
