import Table from 'cli-table3';
import { compose } from '../docker/compose';
import { memoryMb } from '../system/memory';
import { isSupervised, livingProcesses, readState, stateFile, type ProcessRecord } from '../supervisor/stack-state';
import type { Context } from './context';

/** No colours: the tables are read through pipes as well. */
const PLAIN = { head: [], border: [], compact: true };

/** Prints the processes; returns false when the stack does not run as it should. */
export async function status({ settings, stack, say }: Context): Promise<boolean> {
  if (stack === 'docker') {
    await compose(['ps']);
    return true;
  }
  const state = readState(stateFile(settings.localFolder));
  if (!state) {
    say('nothing runs; `make up` starts the stack');
    return false;
  }
  const alive = new Set(livingProcesses(state));
  const table = new Table({
    head: ['process', 'pid', 'state', 'up since', 'restarts', 'memory', 'address'],
    style: PLAIN,
  });
  let totalMb = 0;
  for (const record of state.processes) {
    const memory = alive.has(record) ? memoryMb(record.identity!.pid) : undefined;
    totalMb += memory ?? 0;
    table.push(rowOf(record, alive.has(record), memory));
  }
  const supervised = isSupervised(state);
  totalMb += (supervised ? memoryMb(state.supervisor.pid) : undefined) ?? 0;
  say(table.toString());
  say(
    supervised
      ? `supervisor pid ${state.supervisor.pid}, stack ${state.phase}, ${Math.round(totalMb)} MB in all`
      : 'the supervisor is gone: nothing is started again; `make up` or `make down` clears up',
  );
  return supervised && state.phase === 'running' && state.processes.every(isFine);
}

function isFine({ state }: ProcessRecord): boolean {
  return state === 'running' || state === 'finished';
}

function rowOf(record: ProcessRecord, alive: boolean, memory: number | undefined): string[] {
  const { name, identity, state, startedAt, restarts, lastExit, address } = record;
  const shownState = alive || !identity ? state : 'gone';
  return [
    name,
    alive ? String(identity!.pid) : '-',
    lastExit === undefined || state === 'running' ? shownState : `${shownState} (${lastExit})`,
    startedAt?.replace('T', ' ').slice(0, 19) ?? '-',
    String(restarts),
    memory === undefined ? '-' : `${Math.round(memory)} MB`,
    address ?? '-',
  ];
}
