import { join } from 'node:path';
import { projectRoot } from '../project';
import type { ProcessSpec } from './process-spec';
import { WORKER_MALLOC } from './worker-memory';

export interface SluiceOptions {
  env: NodeJS.ProcessEnv;
  /** In `dist/src`, such as `api/main.js`. */
  main: string;
  heapMb: number;
}

/** Exit code and nothing else tells that a process without a port works; one that ends is started again. */
const alwaysReady = async () => true;

/** One of the processes of Sluice itself, as compiled. */
function sluiceSpec(name: string, { env, main, heapMb }: SluiceOptions): ProcessSpec {
  const root = projectRoot();
  return {
    name,
    command: process.execPath,
    args: [`--max-old-space-size=${heapMb}`, '--enable-source-maps', join(root, 'dist', 'src', main)],
    cwd: root,
    env,
    isReady: alwaysReady,
    readyTimeoutMs: 60_000,
    stopGraceMs: 15_000,
  };
}

/** The workers; one alone is called `worker`, several have a number. */
export function workerSpecs(env: NodeJS.ProcessEnv, count: number): ProcessSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const name = count === 1 ? 'worker' : `worker-${index + 1}`;
    // A worker finishes its batches first, for 30 s by default.
    const stopGraceMs = Number(env['WORKER_SHUTDOWN_GRACE_MS'] || 30_000) + 10_000;
    const its = { ...WORKER_MALLOC, ...env };
    return { ...sluiceSpec(name, { env: its, main: 'workers/main.js', heapMb: 768 }), stopGraceMs };
  });
}

/** The API, ready once it answers anything at all. */
export function apiSpec(env: NodeJS.ProcessEnv, port: number): ProcessSpec {
  const address = `http://127.0.0.1:${port}`;
  return {
    ...sluiceSpec('api', { env, main: 'api/main.js', heapMb: 256 }),
    address,
    isReady: async () => (await fetch(`${address}/health/live`, { signal: AbortSignal.timeout(3_000) })).ok,
  };
}

/** The generator; told to make a certain number of logs, it ends when they are made. */
export function generatorSpec(env: NodeJS.ProcessEnv): ProcessSpec {
  return { ...sluiceSpec('generator', { env, main: 'generator/main.js', heapMb: 256 }), mayFinish: true };
}
