import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../../local/project';

/** Runs the `sluice` command as a process of its own, whatever it ends with. */
export async function runCommand(
  args: string[],
  env: Record<string, string | undefined>,
  stdin = '',
): Promise<{ code: number | null; out: string; err: string }> {
  const program = ['--require', 'tsx/cjs', join('src', 'cli', 'main.ts')];
  const child = spawn(process.execPath, [...program, ...args], { cwd: projectRoot(), env: { ...env } });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  child.stdin.end(stdin);
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}
