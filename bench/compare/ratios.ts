import { median } from '../median';
import type { DrainResult } from '../drain';

/** What `npm run bench` leaves in `result.json`, as far as it is compared. */
export interface BenchResult {
  measuredAt: string;
  machine: string;
  count: number;
  worker: Pick<DrainResult, 'cpuPerMillion'>[];
  loop: Pick<DrainResult, 'cpuPerMillion'>[];
  events: number[];
  ofLoop: number;
  ofPlain: number;
  ratio: number;
}

/** Which way is worse, and how it is called. */
export const RATIOS = {
  ofBareBulk: { says: 'rate as a share of bare bulk', worse: 'lower' },
  ofPlain: { says: 'rate as a share of the plain loop', worse: 'lower' },
  ofLoop: { says: "rate as a share of the loop of Sluice's own steps", worse: 'lower' },
  workerCpu: { says: "worker's CPU by that loop's", worse: 'higher' },
  temporalCpu: { says: "Temporal's CPU by that loop's", worse: 'higher' },
  elasticsearchCpu: { says: "Elasticsearch's CPU by that under that loop", worse: 'higher' },
  eventsPerMillion: { says: 'Temporal events per million records', worse: 'higher' },
} as const satisfies Record<string, { says: string; worse: 'lower' | 'higher' }>;

export type RatioName = keyof typeof RATIOS;
export type Ratios = Record<RatioName, number>;

/** Ratios of a run that were kept, and where they are from. */
export interface Recorded {
  measuredAt: string;
  machine: string;
  /** Records of the backlog. */
  count: number;
  ratios: Ratios;
}

/**
 * What a run of the bench gave, without anything that depends on how fast its machine is.
 *
 * @throws Error when a ratio cannot be made of it, as after a run without /proc
 */
export function ratiosOf(result: BenchResult): Ratios {
  const cpu = (runs: BenchResult['worker'], process: string) =>
    median(runs.map(({ cpuPerMillion }) => cpuPerMillion[process] ?? NaN));
  const loop = cpu(result.loop, 'loop');
  const ratios: Ratios = {
    ofBareBulk: result.ratio,
    ofPlain: result.ofPlain,
    ofLoop: result.ofLoop,
    workerCpu: cpu(result.worker, 'worker') / loop,
    temporalCpu: cpu(result.worker, 'temporal') / loop,
    elasticsearchCpu: cpu(result.worker, 'elasticsearch') / cpu(result.loop, 'elasticsearch'),
    eventsPerMillion: median(result.events),
  };
  for (const [name, value] of Object.entries(ratios)) {
    if (!(Number.isFinite(value) && value > 0)) throw new Error(`the result has no ratio ${name}`);
  }
  return ratios;
}

export interface Comparison {
  name: RatioName;
  before: number;
  now: number;
  /** How much worse than before, as a share of it; negative when it is better. */
  worseBy: number;
  /** Worse by more than what was allowed. */
  fell: boolean;
}

/**
 * @param before may lack ratios that nobody looked at then: those are left out
 * @param tolerance share by which a ratio may be worse, such as 0.1
 */
export function compareRatios(before: Partial<Ratios>, now: Ratios, tolerance: number): Comparison[] {
  return (Object.keys(RATIOS) as RatioName[]).flatMap((name) => {
    const earlier = before[name];
    if (earlier === undefined) return [];
    const change = now[name] / earlier - 1;
    const worseBy = RATIOS[name].worse === 'lower' ? -change : change;
    // 0.9 is 10 % below 1, whatever the floating point says.
    return [{ name, before: earlier, now: now[name], worseBy, fell: worseBy > tolerance + 1e-9 }];
  });
}

/** One line a ratio, and a last one that says whether any fell. */
export function renderComparison(recorded: Recorded, result: BenchResult, tolerance: number): string {
  const compared = compareRatios(recorded.ratios, ratiosOf(result), tolerance);
  const lines = compared.map(({ name, before, now, worseBy, fell }) => {
    const share = Math.abs(worseBy * 100).toFixed(1);
    return `${fell ? 'FELL' : 'ok'}: ${RATIOS[name].says}: ${show(before)}, now ${show(now)}, ${share} % ${worseBy > 0 ? 'worse' : 'better'}`;
  });
  const fallen = compared.filter(({ fell }) => fell).map(({ name }) => name);
  return [
    `recorded ${recorded.measuredAt.slice(0, 10)}, ${recorded.count} records, ${recorded.machine}`,
    `now ${result.measuredAt.slice(0, 10)}, ${result.count} records, ${result.machine}`,
    ...(recorded.count === result.count ? [] : ['the backlogs differ in size: shares of start and end do too']),
    ...lines,
    fallen.length === 0
      ? `no ratio fell by more than ${+(tolerance * 100).toFixed(2)} %`
      : `fell by more than ${+(tolerance * 100).toFixed(2)} %: ${fallen.join(', ')}`,
  ].join('\n');
}

function show(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}
