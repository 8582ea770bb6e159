import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzedApi } from './stack';

export interface FuzzRun {
  /** Of each operation, by each way of making requests. */
  examples: number;
  seed: number;
  /** Ends the run, whatever is left. */
  maxSeconds: number;
  /** Ways of making requests: examples, coverage, fuzzing, stateful. */
  phases: string;
}

/** Where it finds hooks.py; nothing is compiled beside it. */
const HOOKS = { SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: __dirname, PYTHONDONTWRITEBYTECODE: '1' };

/** A stream ends when its client leaves, which schemathesis never does: its own tests hold it against its description. */
const ENDLESS = '/logs/stream';

/**
 * Sends made-up requests by the API's own description, and holds each answer against it.
 *
 * @param tell gets the output as it comes
 * @returns the output when there was something to find fault with; undefined when nothing was
 */
export async function runSchemathesis(
  program: string,
  { url, key }: Pick<FuzzedApi, 'url' | 'key'>,
  { examples, seed, maxSeconds, phases }: FuzzRun,
  tell: (text: string) => void = () => undefined,
): Promise<string | undefined> {
  // It leaves what it met in the folder that it runs in.
  const folder = mkdtempSync(join(tmpdir(), 'sluice-schemathesis-'));
  const limits = ['--max-examples', String(examples), '--seed', String(seed), '--max-time', String(maxSeconds)];
  const manner = ['--checks', 'all', '--phases', phases, '--generation-database', 'none', '--request-timeout', '30'];
  const child = spawn(
    program,
    [
      ...['--config-file', join(__dirname, 'schemathesis.toml')],
      ...['run', `${url}/openapi.json`, '--no-color', '--continue-on-failure', '--exclude-path', ENDLESS],
      ...['--header', `Authorization: Bearer ${key}`, ...limits, ...manner],
    ],
    { cwd: folder, env: { ...process.env, ...HOOKS }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      tell(text);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  rmSync(folder, { recursive: true, force: true });
  return code === 0 ? undefined : output;
}
