import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { createElasticsearch } from '../src/elasticsearch/client';
import { prepareIndices } from '../src/elasticsearch/setup';
import { indexName } from '../src/domain/ids';
import { buildBodies, fillTopic } from './backlog';
import { runBareBulk } from './bare-bulk';
import { processUse } from './cpu';
import { runDrain, type DrainResult } from './drain';
import { median } from './median';
import { startBenchServers } from './servers';

const COUNT = Number(process.env['BENCH_RECORDS'] ?? 300_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const PARTITIONS = 4;
const IN_FLIGHT = [2, 4, 8];
const OUT = join(__dirname, '..', '.local', 'bench');

/** Drains a backlog with one worker and sends the same documents bare, in turns, on the same three servers. */
async function bench(): Promise<void> {
  say(
    `${COUNT} records, ${PARTITIONS} partitions, ${ROUNDS} rounds; ${cpus().length} × ${cpus()[0]?.model.trim()}, ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  mkdirSync(OUT, { recursive: true });
  const servers = await startBenchServers();
  const client = createElasticsearch({ url: servers.elasticsearchUrl, requestTimeoutMs: 60_000 });
  const bare: Record<number, number[]> = {};
  const drains: DrainResult[] = [];
  const bareCpu: number[] = [];
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
    await runBareBulk(client, bodies, 'bench-2-warm-up', 4);
    await client.indices.delete({ index: 'bench-2-warm-up' });
    for (const [round, topic] of topics.entries()) {
      for (const inFlight of IN_FLIGHT) {
        const index = `bench-2-${round}-${inFlight}`;
        const before = processUse(servers.pids.elasticsearch);
        const rate = await runBareBulk(client, bodies, index, inFlight);
        const spent = (processUse(servers.pids.elasticsearch)?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0);
        bareCpu.push((spent / COUNT) * 1e6);
        (bare[inFlight] ??= []).push(rate);
        say(`round ${round + 1}: bare bulk, ${inFlight} in flight: ${Math.round(rate)} records/s`);
        await client.indices.delete({ index });
      }
      const index = indexName(`run-${round}`, Date.now());
      const result = await runDrain(servers, client, {
        topic,
        index,
        indexPrefix: `run-${round}`,
        count: COUNT,
        logFile: join(OUT, `worker-${round + 1}.log`),
      });
      drains.push(result);
      say(`round ${round + 1}: Sluice, one worker: ${Math.round(result.rate)} records/s`);
      await client.indices.delete({ index });
    }
  } finally {
    await client.close();
    await servers.stop();
  }
  say(`CPU seconds per million records of bare bulk: elasticsearch ${oneDecimal(median(bareCpu))}`);
  report(bare, drains);
}

function report(bare: Record<number, number[]>, drains: DrainResult[]): void {
  const table = new Table({ head: ['', 'records/s', 'min', 'max'] });
  const row = (name: string, rates: number[]) =>
    table.push([name, ...[median(rates), Math.min(...rates), Math.max(...rates)].map((rate) => Math.round(rate))]);
  for (const [inFlight, rates] of Object.entries(bare)) row(`bare bulk, ${inFlight} in flight`, rates);
  row(
    'Sluice, one worker',
    drains.map(({ rate }) => rate),
  );
  say(table.toString());
  const names = Object.keys(drains[0]?.cpuPerMillion ?? {});
  const cpu = Object.fromEntries(
    names.map((name) => [name, oneDecimal(median(drains.map((d) => d.cpuPerMillion[name]!)))]),
  );
  say(`CPU seconds per million records: ${names.map((name) => `${name} ${cpu[name]}`).join(', ')}`);
  say(`peak memory of the worker: ${Math.max(...drains.map((d) => d.workerPeakMemoryMb))} MB`);
  const best = Math.max(...Object.values(bare).map(median));
  const ratio = median(drains.map(({ rate }) => rate)) / best;
  writeFileSync(join(OUT, 'result.json'), JSON.stringify({ count: COUNT, bare, drains, cpu, ratio }, null, 2));
  say(`ratio ${ratio.toFixed(2)}`);
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

bench().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
