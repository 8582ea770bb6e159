import { median } from '../median';
import type { Percentiles } from '../percentiles';
import type { Stage } from './stages';

/** One stretch at one rate. */
export interface RateRun {
  rate: number;
  /** Records whose way was measured. */
  records: number;
  /** Share of the records made meanwhile that could be found meanwhile, those of before included. */
  keptUp: number;
  /** In ms. */
  ages: Record<Stage | 'total', Percentiles>;
  /** Cores used, by process. */
  cores: Record<string, number>;
  /** Growth of Temporal's database at this pace, before anything is removed. */
  databaseBytesPerDay: number;
}

/** One stretch without a record. */
export interface IdleRun {
  cores: Record<string, number>;
}

export interface LatencyResult {
  runs: RateRun[];
  idle: IdleRun[];
}

export interface AimResult {
  aim: string;
  /** Undefined when the run did not measure it. */
  found: number | undefined;
  limit: number;
  unit: string;
}

const P99_LIMIT_MS = 2500;
const CORES_LIMIT = 0.5;
const DATABASE_LIMIT_GB = 4;
const IDLE_LIMIT_PERCENT = 5;
const LIGHT_RATES = [100, 1000];
/** What a stretch costs is not known when much of its work was done after it. */
const KEPT_UP = 0.9;

/** What is asked of the pipeline, and the medians of what was found; each must be below its limit. */
export function judgeAims({ runs, idle }: LatencyResult): AimResult[] {
  const of = (rate: number, figure: (run: RateRun) => number) =>
    medianOrNone(runs.filter((run) => run.rate === rate).map(figure));
  const latency = {
    ...{ aim: 'p99 from made to searchable at 1000/s', unit: 'ms', limit: P99_LIMIT_MS },
    found: of(1000, ({ ages }) => ages.total.p99),
  };
  const costOf = (rate: number, figure: (run: RateRun) => number) =>
    runs.some((run) => run.rate === rate && run.keptUp < KEPT_UP) ? undefined : of(rate, figure);
  const light = LIGHT_RATES.flatMap((rate) => [
    {
      ...{ aim: `worker and Temporal at ${rate}/s`, unit: 'cores', limit: CORES_LIMIT },
      found: costOf(rate, ({ cores }) => cores['worker']! + cores['temporal']!),
    },
    {
      ...{ aim: `growth of Temporal's database at ${rate}/s`, unit: 'GB a day', limit: DATABASE_LIMIT_GB },
      found: costOf(rate, ({ databaseBytesPerDay }) => databaseBytesPerDay / 1e9),
    },
  ]);
  const rest = {
    ...{ aim: 'worker and API when idle', unit: '% of one core', limit: IDLE_LIMIT_PERCENT },
    found: medianOrNone(idle.map(({ cores }) => (cores['worker']! + cores['api']!) * 100)),
  };
  return [latency, ...light, rest];
}

/** True only for what was measured and is below its limit. */
export function isMet({ found, limit }: AimResult): boolean {
  return found !== undefined && found < limit;
}

/** The last line: all aims met, or those that were missed or not measured. */
export function verdict(aims: AimResult[]): string {
  const missed = aims.filter((one) => one.found !== undefined && !isMet(one));
  const unknown = aims.filter(({ found }) => found === undefined);
  if (missed.length + unknown.length === 0) return 'aims met';
  return [
    ...(missed.length > 0 ? [`aims missed: ${missed.map(({ aim }) => aim).join(', ')}`] : []),
    ...(unknown.length > 0 ? [`aims not measured: ${unknown.map(({ aim }) => aim).join(', ')}`] : []),
  ].join('; ');
}

function medianOrNone(values: number[]): number | undefined {
  return values.length > 0 ? median(values) : undefined;
}
