import Table from 'cli-table3';
import type { Context } from './context';
import { showCount } from './figures';
import { CommandFailure } from './context';

/** No colours: the tables are read through pipes as well. */
const PLAIN = { head: [], border: [], compact: true };

const FATES = ['indexed', 'duplicate', 'dead_lettered', 'filtered', 'lost_upstream', 'void'];

/** Prints the fates by partition, and counts and response times of the last 15 minutes. */
export async function stats({ api, say }: Context): Promise<void> {
  const [pipeline, figures] = await Promise.all([api.pipeline(), api.stats('now-15m')]).catch((error: unknown) => {
    throw new CommandFailure(`no figures: ${(error as Error).message}; \`make health\` says more`);
  });
  const fates = new Table({ head: ['partition', 'state', 'next', 'lag', ...FATES], style: PLAIN });
  for (const { partition, state, next_offset, lag, counts } of pipeline.partitions ?? []) {
    const row = FATES.map((fate) => showCount(counts?.[fate]));
    fates.push([String(partition), state ?? '-', next_offset ?? '-', showCount(lag), ...row]);
  }
  const totals = pipeline.totals ?? {};
  fates.push([
    'all',
    pipeline.state ?? '-',
    '',
    showCount(totals['lag']),
    ...FATES.map((fate) => showCount(totals[fate])),
  ]);
  say(
    `topic ${pipeline.topic ?? '?'}: ${showCount(totals['produced'])} produced${pipeline.note ? ` (${pipeline.note})` : ''}`,
  );
  say(fates.toString());
  const times = figures.response_time_ms ?? {};
  say('last 15 minutes');
  const recent = new Table({ style: PLAIN });
  recent.push(
    ['records', showCount(figures.total?.value)],
    ['anomalies', showCount(figures.anomalies)],
    ['errors', `${showCount(figures.errors)} (${((figures.error_rate ?? 0) * 100).toFixed(1)} %)`],
    ['response time', ['p50', 'p95', 'p99'].map((key) => `${key} ${showMs(times[key])}`).join(', ')],
    ['by service', (figures.by_service ?? []).map(({ service, count }) => `${service} ${showCount(count)}`).join(', ')],
    ['by level', describeCounts(figures.by_level)],
    ['by severity', describeCounts(figures.by_severity)],
  );
  say(recent.toString());
}

function showMs(value: number | null | undefined): string {
  return value === undefined || value === null ? '-' : `${Math.round(value)} ms`;
}

function describeCounts(counts: Record<string, number> = {}): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${showCount(count)}`)
    .join(', ');
}
