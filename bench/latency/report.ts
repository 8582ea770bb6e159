import Table from 'cli-table3';
import { median } from '../median';
import { isMet, judgeAims, type LatencyResult, type RateRun } from './aims';
import { STAGES, type Stage } from './stages';

const PLAIN = { style: { head: [], border: [] } };
const SHARES = ['p50', 'p95', 'p99'] as const;
const TITLES: Record<Stage | 'total', string> = {
  appended: 'made to appended by Kafka',
  pulled: 'to pulled',
  scored: 'to scored',
  indexed: 'to indexed',
  searchable: 'to searchable',
  total: 'made to searchable',
};

/** Everything that was measured, as tables: medians of the repetitions. */
export function renderLatency(result: LatencyResult): string {
  const rates = [...new Set(result.runs.map(({ rate }) => rate))];
  const tables = rates.map((rate) => ofRate(result.runs.filter((run) => run.rate === rate)));
  const aims = new Table({ head: ['aim', 'found', 'below', ''], ...PLAIN });
  for (const one of judgeAims(result)) {
    const said = one.found === undefined ? 'not measured' : isMet(one) ? 'met' : 'missed';
    aims.push([one.aim, one.found === undefined ? '-' : show(one.found), `${one.limit} ${one.unit}`, said]);
  }
  const processes = Object.keys(result.idle[0]?.cores ?? {});
  const idle = processes.map((name) => `${name} ${show(median(result.idle.map(({ cores }) => cores[name]! * 100)))} %`);
  return [...tables, `idle, of one core: ${idle.join(', ') || 'not measured'}`, aims.toString()].join('\n');
}

function ofRate(runs: RateRun[]): string {
  const table = new Table({ head: ['ms', ...SHARES], ...PLAIN });
  for (const stage of ['total', ...STAGES] as const) {
    table.push([
      TITLES[stage],
      ...SHARES.map((share) => Math.round(median(runs.map(({ ages }) => ages[stage][share])))),
    ]);
  }
  const { rate, cores } = runs[0]!;
  const used = Object.keys(cores).map((name) => `${name} ${show(median(runs.map((run) => run.cores[name]!)))}`);
  const growth = show(median(runs.map(({ databaseBytesPerDay }) => databaseBytesPerDay / 1e9)));
  const keptUp = Math.round(Math.min(...runs.map((run) => run.keptUp)) * 100);
  const records = runs.map((run) => run.records).join(', ');
  return [
    `${rate}/s (${records} records; meanwhile ${keptUp} % as many were found, at least)`,
    table.toString(),
    `cores: ${used.join(', ')}; Temporal's database ${growth} GB a day`,
  ].join('\n');
}

function show(value: number): string {
  return value.toFixed(2);
}
