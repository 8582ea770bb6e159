import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { processUse } from './cpu';
import { watchIndexing } from './indexing-rate';
import type { BenchServers } from './servers';

export interface DrainResult {
  /** Documents per second. */
  rate: number;
  /** CPU seconds per million records, by process, from the first document to the last. */
  cpuPerMillion: Record<string, number>;
  /** CPU seconds of the draining process before its first document: loading, compiling, connecting. */
  startCpuSeconds: number;
  peakMemoryMb: number;
}

const ROOT = join(__dirname, '..');
/** For what is drained with: `--cpu-prof --cpu-prof-dir=profiles` shows where its time goes. */
const NODE_ARGS = (process.env['BENCH_NODE_ARGS'] ?? '').split(' ').filter(Boolean);

export interface DrainRun {
  topic: string;
  indexPrefix: string;
  /** Where the documents arrive: a name, or a pattern. */
  index: string;
  count: number;
  logFile: string;
  /** Called when all has arrived, while the drain still runs. */
  onDrained?: () => Promise<void>;
}

/** Programs that drain a topic. */
export const DRAINS = {
  worker: join('dist', 'src', 'workers', 'main.js'),
  /** Made by `npm run bench`. */
  loop: join('.local', 'bench', 'plain-loop.js'),
};

/** One process, started on a topic with a backlog, until all of it is indexed. */
export async function runDrain(
  servers: BenchServers,
  client: Client,
  run: DrainRun,
  name: keyof typeof DRAINS = 'worker',
): Promise<DrainResult> {
  const drain = startDrain(servers, run, DRAINS[name]);
  const pids = { ...servers.pids, [name]: drain.pid! };
  try {
    let before = usage(pids);
    const { rate, documents } = await watchIndexing(client, run.index, run.count, () => (before = usage(pids)));
    const after = usage(pids);
    const spent = (process: string) => (after[process]?.cpuSeconds ?? 0) - (before[process]?.cpuSeconds ?? 0);
    const cpuPerMillion = Object.fromEntries(
      Object.keys(after).map((process) => [process, (spent(process) / documents) * 1e6]),
    );
    await run.onDrained?.();
    return {
      ...{ rate, cpuPerMillion },
      startCpuSeconds: before[name]?.cpuSeconds ?? 0,
      peakMemoryMb: after[name]?.peakMemoryMb ?? 0,
    };
  } finally {
    drain.kill('SIGTERM');
    await once(drain, 'exit');
  }
}

function startDrain(servers: BenchServers, run: DrainRun, program: string): ChildProcess {
  const drain = spawn(process.execPath, [...NODE_ARGS, join(ROOT, program)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      KAFKA_BROKERS: servers.brokers,
      ELASTICSEARCH_URL: servers.elasticsearchUrl,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      KAFKA_TOPIC: run.topic,
      KAFKA_DEAD_LETTER_TOPIC: `${run.topic}.dead-letters`,
      KAFKA_GROUP_ID: `sluice-${run.topic}`,
      TEMPORAL_TASK_QUEUE: run.topic,
      INDEX_PREFIX: run.indexPrefix,
    },
  });
  drain.stdout.pipe(createWriteStream(run.logFile));
  return drain;
}

function usage(pids: Record<string, number>) {
  const found = Object.entries(pids).flatMap(([name, pid]) => {
    const use = processUse(pid);
    return use ? [[name, use] as const] : [];
  });
  return Object.fromEntries(found);
}
