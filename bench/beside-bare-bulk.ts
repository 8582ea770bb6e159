import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { Client } from '@elastic/elasticsearch';
import type { BulkPart } from '../src/activities/ports';
import { loadConfig } from '../src/config';
import { createElasticsearch } from '../src/elasticsearch/client';
import { prepareIndices } from '../src/elasticsearch/setup';
import { indexName } from '../src/domain/ids';
import { buildBodies, fillTopic } from './backlog';
import { runBareBulk } from './bare-bulk';
import { renderComparison, type BenchResult } from './compare/ratios';
import { readRecorded } from './compare/recorded';
import { countEvents } from './count-events';
import { processUse } from './cpu';
import { DRAINERS, runDrain, type DrainResult } from './drain';
import { describeMachine } from './machine';
import { median } from './median';
import { startBenchServers } from './servers';

const COUNT = Number(process.env['BENCH_RECORDS'] ?? 300_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const PARTITIONS = 4;
const IN_FLIGHT = [2, 4, 8];
/** Until Elasticsearch has compiled what it runs: its first turns take half as long again as the others. */
const WARM_UP_TURNS = 4;
const RELAXED_MS = loadConfig({}).elasticsearch.backlogRefreshIntervalMs;
const RELAXED_IN_FLIGHT = 8;
/** By which a ratio may fall before it is told: rounds differ by some percent. */
const TOLERANCE = 0.1;
const NAMES = {
  worker: 'Sluice, one worker',
  plain: 'a plain loop, no Temporal',
  loop: "a loop of Sluice's own steps",
};
/** In which order they drain: none of them always comes first. */
const ORDERS = [
  ['worker', 'plain', 'loop'],
  ['loop', 'worker', 'plain'],
  ['plain', 'loop', 'worker'],
] as const;
const OUT = join(__dirname, '..', '.local', 'bench');

/** What one round of each gave. */
interface Rounds {
  bare: Record<number, number[]>;
  bareCpu: number[];
  /** Bare, with the refresh interval that Sluice sets while it drains. */
  bareRelaxed: number[];
  worker: DrainResult[];
  plain: DrainResult[];
  loop: DrainResult[];
  /** Temporal events per million records. */
  events: number[];
}

/**
 * Drains a backlog with one worker, drains it with two loops that promise nothing, and sends the same documents bare, in
 * turns, on the same three servers.
 */
export async function compareWithBareBulk(): Promise<void> {
  say(`${COUNT} records, ${PARTITIONS} partitions, ${ROUNDS} rounds; ${describeMachine()}`);
  mkdirSync(OUT, { recursive: true });
  const servers = await startBenchServers();
  const client = createElasticsearch({ url: servers.elasticsearchUrl, requestTimeoutMs: 60_000 });
  const rounds: Rounds = { bare: {}, bareCpu: [], bareRelaxed: [], worker: [], plain: [], loop: [], events: [] };
  try {
    const settings = { shards: 1, replicas: 0, refreshIntervalMs: 1000 };
    await prepareIndices(client, { ...settings, indexPrefix: 'bench' });
    const topics = Array.from({ length: ROUNDS }, (_, round) => `bench-${round + 1}`);
    for (const topic of topics) {
      say(`filling topic ${topic}`);
      await fillTopic(servers, topic, PARTITIONS, COUNT);
    }
    const bodies = await buildBodies(servers, topics[0]!);
    say('warming up');
    for (let turn = 0; turn < WARM_UP_TURNS; turn += 1) {
      await runBareBulk(client, bodies, 'bench-2.0.0', 4);
      await client.indices.delete({ index: 'bench-2.0.0' });
    }
    for (const [round, topic] of topics.entries()) {
      for (const inFlight of IN_FLIGHT) {
        const index = `bench-2.${round + 1}.${inFlight}`;
        const before = processUse(servers.pids.elasticsearch);
        const rate = await runBareBulk(client, bodies, index, inFlight);
        const spent = (processUse(servers.pids.elasticsearch)?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0);
        rounds.bareCpu.push((spent / COUNT) * 1e6);
        (rounds.bare[inFlight] ??= []).push(rate);
        say(`round ${round + 1}: bare bulk, ${inFlight} in flight: ${Math.round(rate)} records/s`);
        await client.indices.delete({ index });
      }
      rounds.bareRelaxed.push(await sendRelaxed(client, bodies, `bench-2.${round + 1}.relaxed`));
      for (const name of ORDERS[round % ORDERS.length]!) {
        const indexPrefix = `${name}-${round}`;
        const index = indexName(indexPrefix, Date.now());
        const logFile = join(OUT, `${name}-${round + 1}.log`);
        // The servers know no index of this name yet: both make theirs from the same template.
        await prepareIndices(client, { ...settings, indexPrefix });
        const run = { topic, index, indexPrefix, count: COUNT, logFile };
        const onDrained = async () => {
          if (name === 'worker')
            rounds.events.push(((await countEvents(servers.temporalAddress, topic)) / COUNT) * 1e6);
        };
        const result = await runDrain(servers, client, { ...run, onDrained }, DRAINERS[name]);
        rounds[name].push(result);
        say(`round ${round + 1}: ${NAMES[name]}: ${Math.round(result.rate)} records/s`);
        await client.indices.delete({ index });
      }
    }
  } finally {
    await client.close();
    await servers.stop();
  }
  report(rounds);
}

/** Not one of those that are compared: what bulk requests reach where somebody changes their index for them, as Sluice does. */
async function sendRelaxed(client: Client, bodies: BulkPart[], index: string): Promise<number> {
  const settings = { refresh_interval: `${RELAXED_MS}ms` };
  await client.indices.create({ index, settings });
  const rate = await runBareBulk(client, bodies, index, RELAXED_IN_FLIGHT);
  await client.indices.delete({ index });
  return rate;
}

function report({ bare, bareCpu, bareRelaxed, worker, plain, loop, events }: Rounds): void {
  const rates = (drains: DrainResult[]) => drains.map(({ rate }) => rate);
  const table = new Table({ head: ['', 'records/s', 'min', 'max', 'CPU s per million', 'at the start', 'peak MB'] });
  const row = (name: string, some: number[], more: (string | number)[]) =>
    table.push([
      name,
      ...[median(some), Math.min(...some), Math.max(...some)].map((rate) => Math.round(rate)),
      ...more,
    ]);
  for (const [inFlight, some] of Object.entries(bare)) row(`bare bulk, ${inFlight} in flight`, some, ['', '', '']);
  row(`the same, ${RELAXED_IN_FLIGHT} in flight, refreshed every ${RELAXED_MS / 1000} s`, bareRelaxed, ['', '', '']);
  const drainRow = (name: string, drains: DrainResult[]) =>
    row(name, rates(drains), [
      cpuLine(drains),
      oneDecimal(median(drains.map(({ startCpuSeconds }) => startCpuSeconds))),
      Math.max(...drains.map(({ peakMemoryMb }) => peakMemoryMb)),
    ]);
  drainRow(NAMES.worker, worker);
  drainRow(NAMES.plain, plain);
  drainRow(NAMES.loop, loop);
  say(table.toString());
  say(`elasticsearch by bare bulk: ${oneDecimal(median(bareCpu))} CPU s per million`);
  say(`Temporal: ${Math.round(median(events))} events per million records`);
  const best = Math.max(...Object.values(bare).map(median));
  const ofPlain = median(rates(worker)) / median(rates(plain));
  const ofLoop = median(rates(worker)) / median(rates(loop));
  const ratio = median(rates(worker)) / best;
  const about = { measuredAt: new Date().toISOString(), machine: describeMachine(), count: COUNT };
  const result = { ...about, bare, bareCpu, bareRelaxed, worker, plain, loop, events, ofPlain, ofLoop, ratio };
  writeFileSync(join(OUT, 'result.json'), JSON.stringify(result, null, 2));
  say(compared(result));
  say(`of a loop of Sluice's own steps ${ofLoop.toFixed(2)}`);
  say(`of the plain loop ${ofPlain.toFixed(2)}`);
  say(`ratio ${ratio.toFixed(2)}`);
}

/** Where there is no /proc there are no CPU seconds to compare; the rates still count. */
function compared(result: BenchResult): string {
  try {
    return renderComparison(readRecorded(), result, TOLERANCE);
  } catch (error) {
    return `not compared with the recorded ratios: ${(error as Error).message}`;
  }
}

function cpuLine(drains: DrainResult[]): string {
  const names = Object.keys(drains[0]?.cpuPerMillion ?? {});
  const medianOf = (name: string) => oneDecimal(median(drains.map(({ cpuPerMillion }) => cpuPerMillion[name]!)));
  return names.map((name) => `${name} ${medianOf(name)}`).join('\n');
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
