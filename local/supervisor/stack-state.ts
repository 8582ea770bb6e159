import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive, type ProcessIdentity } from '../system/process-identity';

export type ProcessState = 'waiting' | 'starting' | 'running' | 'backing-off' | 'finished' | 'stopping' | 'stopped';

/** One process of the stack as `status` shows it. */
export interface ProcessRecord {
  name: string;
  state: ProcessState;
  /** Present while the process runs. */
  identity?: ProcessIdentity;
  /** ISO time of the last start. */
  startedAt?: string;
  /** How long the last start took until it served. */
  readyAfterMs?: number;
  restarts: number;
  /** How it ended last, or why it does not get ready. */
  lastExit?: string;
  stopGraceMs: number;
  address?: string;
  logFile: string;
}

/** What the supervisor writes down at each change: all that another command needs to show or stop the stack. */
export interface StackState {
  supervisor: ProcessIdentity;
  startedAt: string;
  phase: 'starting' | 'running' | 'stopping';
  /** In the order of starting. */
  processes: ProcessRecord[];
}

/** Where the state lies under the local folder. */
export function stateFile(localFolder: string): string {
  return join(localFolder, 'run', 'stack.json');
}

/** Undefined when no stack has been started, or the last one was stopped in order. */
export function readState(file: string): StackState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StackState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Replaces the state in one step: a reader sees the old or the new one. */
export function writeState(file: string, state: StackState): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function removeState(file: string): void {
  rmSync(file, { force: true });
}

/** True while the supervisor that wrote the state lives. */
export function isSupervised(state: StackState): boolean {
  return isAlive(state.supervisor);
}

/** The recorded processes that still live. */
export function livingProcesses(state: StackState): ProcessRecord[] {
  return state.processes.filter(({ identity }) => identity && isAlive(identity));
}
