import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSupervised, readState, stateFile, type ProcessRecord, type StackState } from '../supervisor/stack-state';
import { CommandFailure, type Context } from './context';
import { describeTrouble } from './describe-trouble';
import { lastLines } from './last-lines';

const POLL_MS = 200;
/** How long a new supervisor may take to write its first state. */
const FIRST_STATE_MS = 20_000;

/**
 * Tells each step of the start as the supervisor writes it down, and returns when all processes serve.
 *
 * @throws CommandFailure when the supervisor ends, or at the deadline with what is not running.
 */
export async function followStart({ settings, say }: Context, deadline: number): Promise<void> {
  const file = stateFile(settings.localFolder);
  const began = Date.now();
  const told = new Map<string, string>();
  for (;;) {
    const state = readState(file);
    if (state) tellChanges(state, told, say);
    if (state?.phase === 'running') return;
    const gone = state ? !isSupervised(state) : Date.now() - began > FIRST_STATE_MS;
    if (gone) {
      const lines = lastLines(join(settings.logFolder, 'supervisor.log'), 10);
      throw new CommandFailure(['the supervisor ended while starting:', ...lines].join('\n  '));
    }
    if (Date.now() > deadline) {
      throw new CommandFailure(['not all processes run:', ...describeTrouble(state!)].join('\n  '));
    }
    await sleep(POLL_MS);
  }
}

function tellChanges(state: StackState, told: Map<string, string>, say: (line: string) => void): void {
  for (const record of state.processes) {
    const key = `${record.state} ${record.restarts}`;
    if (told.get(record.name) === key) continue;
    const line = describeStep(record);
    if (line) say(line);
    told.set(record.name, key);
  }
}

function describeStep({ name, state, readyAfterMs, lastExit, address, logFile }: ProcessRecord): string | undefined {
  switch (state) {
    case 'starting':
      return `${name}: starting`;
    case 'running': {
      const seconds = ((readyAfterMs ?? 0) / 1000).toFixed(1);
      return `${name}: ready after ${seconds} s${address === undefined ? '' : `, ${address}`}`;
    }
    case 'backing-off':
      return `${name}: ended (${lastExit}), will be started again; its log is ${logFile}`;
    default:
      return undefined;
  }
}
