import { spawn } from 'node:child_process';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with each line the command prints, for progress. */
  onLine?: (line: string) => void;
  timeoutMs?: number;
}

/** A command that did not exit with 0; the message ends with its last lines. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

const KEPT_LINES = 15;

/**
 * Runs a command to its end and returns what it printed on standard output.
 *
 * @throws CommandError when it cannot be started, fails, or takes longer than `timeoutMs`.
 */
export async function runCommand(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
  });
  let output = '';
  const lastLines: string[] = [];
  const note = (chunk: string) => {
    for (const line of chunk.split('\n').filter((text) => text.trim() !== '')) {
      options.onLine?.(line);
      lastLines.push(line);
      if (lastLines.length > KEPT_LINES) lastLines.shift();
    }
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    note(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', note);
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'no exit code'));
  });
  if (code !== 0) throw new CommandError([`${command} failed (${code})`, ...lastLines].join('\n  '));
  return output;
}
