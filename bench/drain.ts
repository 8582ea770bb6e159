import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { WORKER_MALLOC } from '../local/servers/worker-memory';
import { processUse, type ProcessUse } from './cpu';
import { endWithUs } from './end-with-us';
import { watchIndexing } from './indexing-rate';
import type { BenchServers } from './servers';

export interface DrainResult {
  /** Documents per second. */
  rate: number;
  /** CPU seconds per million records, by process, from the first document to the last. */
  cpuPerMillion: Record<string, number>;
  /** MB written to the disk per million records, by process, over the same time. */
  writtenPerMillion: Record<string, number>;
  /** CPU seconds of the draining processes before the first document: loading, compiling, connecting. */
  startCpuSeconds: number;
  /** Of the largest of the draining processes. */
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
  /** Settings of Sluice that differ from the defaults. */
  settings?: Record<string, string>;
  /** Called when all has arrived, while the drain still runs. */
  onDrained?: () => Promise<void>;
}

/** A program that drains a topic into an index. */
export interface Drainer {
  /** What its processes are called in the results. */
  name: string;
  /** How one process is started; files that it reads are written by this. */
  command: (servers: BenchServers, run: DrainRun) => { command: string; args: string[]; env?: Record<string, string> };
}

export const DRAINERS = {
  worker: nodeDrainer('worker', join('dist', 'src', 'workers', 'main.js'), WORKER_MALLOC),
  /** Both made by `npm run bench`. */
  plain: nodeDrainer('plain loop', join('.local', 'bench', 'plain-loop.js')),
  loop: nodeDrainer('loop', join('.local', 'bench', 'own-steps-loop.js')),
} as const satisfies Record<string, Drainer>;

/** Processes of one program, started on a topic with a backlog, until all of it is indexed. */
export async function runDrain(
  servers: BenchServers,
  client: Client,
  run: DrainRun,
  drainer: Drainer = DRAINERS.worker,
  processes = 1,
): Promise<DrainResult> {
  rmSync(run.logFile, { force: true });
  const drains = Array.from({ length: processes }, () => startDrain(servers, run, drainer));
  const pids: Record<string, number[]> = { [drainer.name]: drains.map(({ pid }) => pid!) };
  for (const [name, pid] of Object.entries(servers.pids)) pids[name] = [pid];
  try {
    let before = usage(pids);
    const { rate, documents } = await watchIndexing(client, run.index, run.count, () => (before = usage(pids)));
    const after = usage(pids);
    const perMillion = (what: 'cpuSeconds' | 'writtenMb') =>
      Object.fromEntries(
        Object.entries(after).map(([name, use]) => [
          name,
          ((use[what] - (before[name]?.[what] ?? 0)) / documents) * 1e6,
        ]),
      );
    await run.onDrained?.();
    return {
      ...{ rate, cpuPerMillion: perMillion('cpuSeconds'), writtenPerMillion: perMillion('writtenMb') },
      startCpuSeconds: before[drainer.name]?.cpuSeconds ?? 0,
      peakMemoryMb: after[drainer.name]?.peakMemoryMb ?? 0,
    };
  } finally {
    await Promise.all(drains.map(stopDrain));
  }
}

export function startDrain(servers: BenchServers, run: DrainRun, drainer: Drainer): ChildProcess {
  const { command, args, env } = drainer.command(servers, run);
  const drain = endWithUs(
    spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    }),
  );
  drain.on('error', ({ message }) => process.stderr.write(`${drainer.name}: ${message}\n`));
  drain.stdout.pipe(createWriteStream(run.logFile, { flags: 'a' }));
  return drain;
}

export async function stopDrain(drain: ChildProcess): Promise<void> {
  if (drain.exitCode !== null || drain.signalCode !== null) return;
  const exited = once(drain, 'exit');
  drain.kill('SIGTERM');
  await exited;
}

function nodeDrainer(name: string, program: string, env: Record<string, string> = {}): Drainer {
  return {
    name,
    command: (servers, { topic, indexPrefix, settings }) => ({
      command: process.execPath,
      args: [...NODE_ARGS, join(ROOT, program)],
      env: {
        ...env,
        KAFKA_BROKERS: servers.brokers,
        ELASTICSEARCH_URL: servers.elasticsearchUrl,
        TEMPORAL_ADDRESS: servers.temporalAddress,
        KAFKA_TOPIC: topic,
        KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letters`,
        KAFKA_GROUP_ID: `sluice-${topic}`,
        TEMPORAL_TASK_QUEUE: topic,
        INDEX_PREFIX: indexPrefix,
        ...settings,
      },
    }),
  };
}

/** Of the processes of each name together; their peak memory is that of the largest. */
function usage(pids: Record<string, number[]>): Record<string, ProcessUse> {
  const found: Record<string, ProcessUse> = {};
  for (const [name, own] of Object.entries(pids)) {
    const uses = own.flatMap((pid) => processUse(pid) ?? []);
    if (uses.length === 0) continue;
    found[name] = {
      cpuSeconds: uses.reduce((sum, use) => sum + use.cpuSeconds, 0),
      writtenMb: uses.reduce((sum, use) => sum + use.writtenMb, 0),
      peakMemoryMb: Math.max(...uses.map(({ peakMemoryMb }) => peakMemoryMb)),
    };
  }
  return found;
}
