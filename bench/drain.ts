import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { watchIndexing } from './indexing-rate';
import type { BenchServers } from './servers';
import { processUse } from './cpu';

export interface DrainResult {
  /** Documents per second. */
  rate: number;
  /** CPU seconds per million records, by process. */
  cpuPerMillion: Record<string, number>;
  workerPeakMemoryMb: number;
}

const ROOT = join(__dirname, '..');

export interface DrainRun {
  topic: string;
  indexPrefix: string;
  /** Where the documents arrive: a name, or a pattern. */
  index: string;
  count: number;
  logFile: string;
  /** Called when all has arrived, while the worker still runs. */
  onDrained?: () => Promise<void>;
}

/** One worker, started on a topic with a backlog, until all of it is indexed. */
export async function runDrain(servers: BenchServers, client: Client, run: DrainRun): Promise<DrainResult> {
  const before = usage({ ...servers.pids });
  const worker = startWorker(servers, run);
  try {
    const rate = await watchIndexing(client, run.index, run.count);
    const after = usage({ ...servers.pids, worker: worker.pid! });
    const cpuPerMillion = Object.fromEntries(
      Object.entries(after).map(([name, { cpuSeconds }]) => [
        name,
        ((cpuSeconds - (before[name]?.cpuSeconds ?? 0)) / run.count) * 1e6,
      ]),
    );
    await run.onDrained?.();
    return { rate, cpuPerMillion, workerPeakMemoryMb: after['worker']?.peakMemoryMb ?? 0 };
  } finally {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
}

function startWorker(
  servers: BenchServers,
  run: { topic: string; indexPrefix: string; logFile: string },
): ChildProcess {
  const worker = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'workers', 'main.js')], {
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
  worker.stdout.pipe(createWriteStream(run.logFile));
  return worker;
}

function usage(pids: Record<string, number>) {
  const found = Object.entries(pids).flatMap(([name, pid]) => {
    const use = processUse(pid);
    return use ? [[name, use] as const] : [];
  });
  return Object.fromEntries(found);
}
