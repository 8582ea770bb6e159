import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = join(__dirname, 'requirements.txt');
const INSTALL_MS = 300_000;

/** Python or its package index is not there. */
export class NoSchemathesisError extends Error {
  override readonly name = 'NoSchemathesisError';
}

/**
 * Schemathesis at the pinned versions, in a virtual environment below `folder` that is made when it is not there.
 *
 * @returns path of the program
 * @throws NoSchemathesisError with what is missing
 */
export async function prepareSchemathesis(folder: string): Promise<string> {
  const home = join(folder, 'schemathesis');
  const mark = join(home, 'installed.txt');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  const program = join(home, 'bin', 'schemathesis');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return program;
  rmSync(home, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', home]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS];
    await run(join(home, 'bin', 'python'), pip, { timeout: INSTALL_MS });
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const lines = `${message}\n${stderr}`
      .split('\n')
      .filter((line) => /error|ENOENT|No module|timed? ?out/i.test(line));
    throw new NoSchemathesisError(`schemathesis cannot be had: ${lines.at(-1) ?? message}`);
  }
  writeFileSync(mark, wanted);
  return program;
}
