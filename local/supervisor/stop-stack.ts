import { stopProcess } from '../system/stop-process';
import { isSupervised, livingProcesses, readState, removeState, type StackState } from './stack-state';

/**
 * Stops a recorded stack: through its supervisor, or process by process in reverse order when that is gone. Returns
 * once nothing of it is left; does nothing when there is no stack. Only recorded processes are touched.
 */
export async function stopStack(file: string, progress: (line: string) => void): Promise<boolean> {
  const state = readState(file);
  if (!state) return false;
  if (isSupervised(state)) {
    await stopSupervisor(file, state, progress);
  }
  await stopOrphans(readState(file) ?? state, progress);
  removeState(file);
  return true;
}

/** The supervisor stops its processes one group after the other: it gets the time they all may take. */
async function stopSupervisor(file: string, state: StackState, progress: (line: string) => void): Promise<void> {
  const graceMs = 10_000 + state.processes.reduce((sum, { stopGraceMs }) => sum + stopGraceMs, 0);
  const told = new Set<string>();
  const tell = () => {
    for (const { name, state: one } of readState(file)?.processes ?? []) {
      if ((one !== 'stopping' && one !== 'stopped') || told.has(`${name} ${one}`)) continue;
      told.add(`${name} ${one}`);
      progress(`${name}: ${one}`);
    }
  };
  const watching = setInterval(tell, 200);
  try {
    await stopProcess(state.supervisor, graceMs);
  } finally {
    clearInterval(watching);
  }
}

/** Stops processes whose supervisor is gone, the last one started first. */
export async function stopOrphans(state: StackState, progress: (line: string) => void): Promise<void> {
  for (const { name, identity, stopGraceMs } of livingProcesses(state).reverse()) {
    progress(`stopping ${name} (pid ${identity!.pid}), left behind by its supervisor`);
    await stopProcess(identity!, stopGraceMs);
  }
}
