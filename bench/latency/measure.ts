import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { dataFolderOf } from '../../local/private-servers/private-servers';
import { testServers } from '../../test/support/servers';
import type { TraceCollector } from '../../test/support/trace-collector';
import { waitFor } from '../../test/support/wait-for';
import { coresOf, cpuOf } from '../cores';
import { startProgram, stopProcess, type OwnStack } from '../own-stack';
import { percentilesOf } from '../percentiles';
import type { IdleRun, RateRun } from './aims';
import type { TopicReader } from './read-stamps';
import { agesOf, STAGES, type Ages, type StepEnd } from './stages';
import { stepEndsOf } from './step-ends';
import { foundBetween, Watermark } from './watermark';

/** What a measurement works with. */
export interface Bench {
  stack: OwnStack;
  client: Client;
  index: string;
  reader: TopicReader;
  traces: TraceCollector;
  logFolder: string;
}

/** Before it is measured, so that code is compiled and connections are open. */
const WARM_UP_MS = 5000;
const MS_PER_DAY = 86_400_000;

/** Lets records come at a rate and follows each of those made in the measured stretch. */
export async function measureRate(bench: Bench, rate: number, seconds: number): Promise<RateRun> {
  const { stack, client, index, reader, traces, logFolder } = bench;
  const first = await reader.ends();
  const watermark = new Watermark(client, { index, sinceMs: Date.now(), first });
  const env = { ...stack.env, GENERATOR_RATE: String(rate), GENERATOR_COUNT: '0', GENERATOR_SCENARIOS: 'none' };
  const generator = startProgram('generator/main.js', env, join(logFolder, 'generator.log'));
  try {
    await Promise.race([sleep(WARM_UP_MS), failWhenEnded(generator)]);
    const before = { cpu: cpuOf(stack.pids), at: Date.now(), database: databaseBytes() };
    await Promise.race([sleep(seconds * 1000), failWhenEnded(generator)]);
    const after = { cpu: cpuOf(stack.pids), at: Date.now(), database: databaseBytes() };
    const code = await stopProcess(generator);
    if (code !== 0) throw new Error(`the generator ended with ${code}; its words are in ${logFolder}`);
    const ends = await reader.ends();
    await watermark.until(ends);
    const stamps = (await reader.stamps(first, ends)).filter(({ made }) => made >= before.at && made < after.at);
    if (stamps.length === 0) throw new Error('no record was made in the measured stretch');
    const ages = await waitForSpans(traces, (steps) => agesOf(stamps, steps, watermark.looks));
    traces.clear();
    const elapsedMs = after.at - before.at;
    return {
      ...{ rate, records: stamps.length },
      keptUp: foundBetween(watermark.looks, before.at, after.at) / stamps.length,
      ages: Object.fromEntries(
        [...STAGES, 'total' as const].map((stage) => [stage, percentilesOf(ages[stage])]),
      ) as RateRun['ages'],
      cores: coresOf(before.cpu, after.cpu, elapsedMs),
      databaseBytesPerDay: ((after.database - before.database) / elapsedMs) * MS_PER_DAY,
    };
  } finally {
    await stopProcess(generator);
    await watermark.stop().catch(() => undefined);
  }
}

/** Leaves the stack alone for a while. */
export async function measureIdle({ stack }: Bench, seconds: number): Promise<IdleRun> {
  // What the last records left to do, such as the commit, is no idling.
  await sleep(2 * WARM_UP_MS);
  const before = { cpu: cpuOf(stack.pids), at: Date.now() };
  await sleep(seconds * 1000);
  return { cores: coresOf(before.cpu, cpuOf(stack.pids), Date.now() - before.at) };
}

/** The worker sends its spans a little later than it ends them. */
async function waitForSpans(traces: TraceCollector, joined: (steps: StepEnd[]) => Ages): Promise<Ages> {
  return waitFor(async () => joined(stepEndsOf(traces.spans)), 30_000);
}

async function failWhenEnded(process: ReturnType<typeof startProgram>): Promise<never> {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
  throw new Error(`the generator ended by itself with ${process.exitCode}`);
}

/** The database of Temporal's development server, with what it has not merged yet. */
function databaseBytes(): number {
  const folder = dataFolderOf(testServers(), 'temporal');
  return readdirSync(folder)
    .filter((name) => name.startsWith('temporal.db'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
