import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ProcessSpec } from '../servers/process-spec';
import { identify, isAlive, type ProcessIdentity } from './process-identity';
import { waitUntil } from './wait-until';

export interface StartedProcess {
  child: ChildProcess;
  identity: ProcessIdentity;
}

/**
 * Prepares and spawns one process in a process group of its own, so that Ctrl-C in a terminal does not reach it. It
 * writes straight to the end of its log file: it outlives us without a broken pipe.
 *
 * @throws when the program cannot be started at all.
 */
export async function startProcess(spec: ProcessSpec, logFile: string): Promise<StartedProcess> {
  await spec.prepare?.();
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new Error(`${spec.name} cannot be started: ${error.message}`)));
    });
    const pid = child.pid!;
    return { child, identity: identify(pid) ?? { pid, startedAt: 'gone' } };
  } finally {
    closeSync(log);
  }
}

/**
 * Waits until the process serves and has been settled.
 *
 * @throws when it ends or takes longer than its limit; the message names its log file.
 */
export async function waitUntilReady(spec: ProcessSpec, identity: ProcessIdentity, logFile: string): Promise<void> {
  let ended = false;
  const ready = async () => {
    ended = !isAlive(identity);
    return ended || (await spec.isReady());
  };
  const inTime = await waitUntil(ready, spec.readyTimeoutMs, 100);
  if (ended) throw new Error(`${spec.name} ended while starting, see ${logFile}`);
  if (!inTime) throw new Error(`${spec.name} did not get ready within ${spec.readyTimeoutMs / 1000} s, see ${logFile}`);
  await spec.settle?.();
}
