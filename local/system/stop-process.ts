import { isAlive, type ProcessIdentity } from './process-identity';
import { waitUntil } from './wait-until';

/**
 * Sends SIGTERM, and SIGKILL when the process is still there after `graceMs`. Returns once it is gone. A process that
 * took over the pid since is left alone.
 */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signalProcess(identity, 'SIGTERM');
  if (await waitUntil(() => !isAlive(identity), graceMs)) return;
  await killProcess(identity);
}

/** Sends SIGKILL and returns once the process is gone. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, 'SIGKILL');
  // Only the kernel can delay this, in an uninterruptible read or write.
  if (!(await waitUntil(() => !isAlive(identity), 30_000))) throw new Error(`process ${identity.pid} cannot be killed`);
}

function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
