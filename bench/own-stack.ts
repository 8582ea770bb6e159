import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../local/project';
import { WORKER_MALLOC } from '../local/servers/worker-memory';
import { freePorts } from '../local/system/ports';
import { waitFor } from '../test/support/wait-for';
import { startBenchServers, type BenchServers } from './servers';
import { endWithUs } from './end-with-us';

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;

/** Servers, one worker and the API, all of this run and as they are shipped. */
export interface OwnStack {
  servers: BenchServers;
  apiUrl: string;
  /** What a further process of it, such as a generator, must be told. */
  env: Record<string, string | undefined>;
  /** By name: worker, api, temporal, kafka, elasticsearch. */
  pids: Record<string, number>;
  stop(): Promise<void>;
}

/**
 * Starts everything on free ports and returns once the pipeline runs.
 *
 * @param name of topic, group, queue and indices
 * @param logFolder where the output of worker and API goes
 * @param extra settings of worker and API
 */
export async function startOwnStack(
  name: string,
  logFolder: string,
  extra: Record<string, string> = {},
): Promise<OwnStack> {
  mkdirSync(logFolder, { recursive: true });
  const servers = await startBenchServers();
  const started: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map(stopProcess));
    await servers.stop();
  };
  try {
    const [port] = await freePorts(1);
    const env = {
      ...process.env,
      NODE_ENV: 'production',
      KAFKA_BROKERS: servers.brokers,
      ELASTICSEARCH_URL: servers.elasticsearchUrl,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      KAFKA_TOPIC: name,
      KAFKA_DEAD_LETTER_TOPIC: `${name}.dead-letters`,
      KAFKA_GROUP_ID: `sluice-${name}`,
      TEMPORAL_TASK_QUEUE: name,
      INDEX_PREFIX: name,
      API_PORT: String(port),
      ...extra,
    };
    const start = (process: string, main: string) => {
      const child = startProgram(
        main,
        process === 'worker' ? { ...WORKER_MALLOC, ...env } : env,
        join(logFolder, `${process}.log`),
      );
      started.push(child);
      return child.pid!;
    };
    const pids = {
      ...{ worker: start('worker', 'workers/main.js'), api: start('api', 'api/main.js') },
      ...servers.pids,
    };
    const apiUrl = `http://127.0.0.1:${port}`;
    await waitFor(async () => {
      const gone = started.find(({ exitCode }) => exitCode !== null);
      if (gone) throw new Error(`a process ended with ${gone.exitCode}; its words are in ${logFolder}`);
      const answer = await fetch(`${apiUrl}/pipeline`);
      const { state } = (await answer.json()) as { state?: string };
      return answer.ok && state === 'running';
    }, START_LIMIT_MS);
    return { servers, apiUrl, env, pids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A program of the build as a process; its output goes to a file. */
export function startProgram(main: string, env: NodeJS.ProcessEnv, logFile: string): ChildProcess {
  const root = projectRoot();
  const child = endWithUs(
    spawn(process.execPath, ['--enable-source-maps', join(root, 'dist', 'src', main)], {
      ...{ cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] },
    }),
  );
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

/** SIGTERM, and SIGKILL when that takes too long; returns its exit code, null after a signal. */
export async function stopProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const giveUp = new AbortController();
  const limit = sleep(STOP_LIMIT_MS, 'late', { signal: giveUp.signal }).catch(() => 'ended');
  if ((await Promise.race([ended, limit])) === 'late') child.kill('SIGKILL');
  giveUp.abort();
  await ended;
  return child.exitCode;
}
