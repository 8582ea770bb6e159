import { stateFile, readState } from '../supervisor/stack-state';
import type { StackSettings } from '../stack-settings';
import { runCommand } from '../system/run-command';

const DOCKER_TIMEOUT_MS = 5_000;

/**
 * Native or Docker: what STACK says; else what runs already; else Docker if its engine answers and has compose.
 */
export async function chooseStack(settings: StackSettings): Promise<'native' | 'docker'> {
  if (settings.STACK) return settings.STACK;
  if (readState(stateFile(settings.localFolder))) return 'native';
  return (await isDockerUsable()) ? 'docker' : 'native';
}

async function isDockerUsable(): Promise<boolean> {
  try {
    // With a format, `docker info` fails when the engine does not answer; without one it may not.
    await runCommand('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: DOCKER_TIMEOUT_MS });
    await runCommand('docker', ['compose', 'version'], { timeoutMs: DOCKER_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}
