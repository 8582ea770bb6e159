import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePorts } from '../../local/system/ports';
import { projectRoot } from '../../local/project';
import { waitFor } from './wait-for';

/** The API as a process of its own. */
export interface ApiProcess {
  url: string;
  child: ChildProcess;
  /** Resident memory in bytes. */
  memory: () => Promise<number>;
  /** Sends SIGTERM; how the process ended and after how many milliseconds. */
  stop: () => Promise<{ code: number | null; ms: number }>;
}

/**
 * Starts the API from its sources and resolves once it answers.
 *
 * @param said told of what it writes, if anybody is to know
 */
export async function startApi(
  env: Record<string, string | undefined>,
  said?: (chunk: Buffer) => void,
): Promise<ApiProcess> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', join('src', 'api', 'main.ts')], {
    ...{ cwd: projectRoot(), env: { ...env, API_PORT: String(port) }, stdio: said ? 'pipe' : 'ignore' },
  });
  if (said) for (const stream of [child.stdout, child.stderr]) stream?.on('data', said);
  await waitFor(async () => (await fetch(`${url}/health/live`)).ok, 60_000);
  return {
    url,
    child,
    memory: async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(text)![1]);
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return { code: child.exitCode, ms: 0 };
      const from = performance.now();
      const ended = once(child, 'exit') as Promise<[number | null]>;
      child.kill('SIGTERM');
      const [code] = await ended;
      return { code, ms: Math.round(performance.now() - from) };
    },
  };
}
