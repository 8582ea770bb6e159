import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import type { Context } from './context';
import { readFigures, showCount, type Figures } from './figures';

const EVERY_MS = 1_000;
/** The rate is taken over this many answers: batches come once a second and less often. */
const RATE_SAMPLES = 5;

/** Rewrites one line of the terminal each second until Ctrl-C, which leaves the stack running. */
export async function showLiveLine(context: Context): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  context.say(pc.dim('Ctrl-C ends this view; the stack runs on until `make down`'));
  const samples: Sample[] = [];
  while (!stop.signal.aborted) {
    const line = await readFigures(context.api).then(
      (figures) => describeFigures(figures, rateOf(samples, figures)),
      (error: unknown) => `the API does not answer: ${(error as Error).message}`,
    );
    if (stop.signal.aborted) break;
    const { API_PORT, SLUICE_TEMPORAL_UI_PORT } = context.settings;
    const where = `  API http://127.0.0.1:${API_PORT}  UI http://127.0.0.1:${SLUICE_TEMPORAL_UI_PORT}`;
    process.stdout.write(`\r\u001b[K${(line + where).slice(0, (process.stdout.columns || 120) - 1)}`);
    await sleep(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  process.stdout.write('\nthe stack runs on; `make down` stops it\n');
}

export interface Sample {
  at: number;
  indexed: number;
}

/** Records per second over the last samples, to which this answer is added; undefined with only one. */
export function rateOf(samples: Sample[], { indexed }: Figures, now = Date.now()): number | undefined {
  if (indexed === undefined) return undefined;
  samples.push({ at: now, indexed });
  if (samples.length > RATE_SAMPLES) samples.shift();
  const first = samples[0]!;
  return now > first.at ? ((indexed - first.indexed) * 1000) / (now - first.at) : undefined;
}

function describeFigures({ produced, indexed, lag, anomalies }: Figures, rate: number | undefined): string {
  return [
    `produced ${showCount(produced)}`,
    `indexed ${showCount(indexed)}`,
    `lag ${showCount(lag)}`,
    `${rate === undefined ? '-' : showCount(Math.round(rate))}/s`,
    `anomalies ${showCount(anomalies)} in 15 min`,
  ].join('  ');
}
