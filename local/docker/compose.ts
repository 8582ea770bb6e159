import { spawn } from 'node:child_process';
import { projectRoot } from '../project';
import { CommandFailure } from '../commands/context';

/**
 * Runs `docker compose` in the project with the person's terminal.
 *
 * @throws CommandFailure when it fails; it has said why itself.
 */
export async function compose(args: string[]): Promise<void> {
  const child = spawn('docker', ['compose', ...args], { cwd: projectRoot(), stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new CommandFailure(`docker compose ${args[0]} failed; STACK=native runs without Docker`);
}
