import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compose } from '../docker/compose';
import { CommandFailure, type Context } from './context';
import { lastLines } from './last-lines';

const LINES = 20;
const POLL_MS = 300;

/** Prints the last lines of the logs, of one process or of all; with `follow` goes on until Ctrl-C. */
export async function logs(
  { settings, stack, say }: Context,
  name: string | undefined,
  follow: boolean,
): Promise<void> {
  if (stack === 'docker') {
    return compose(['logs', `--tail=${LINES}`, ...(follow ? ['--follow'] : []), ...(name === undefined ? [] : [name])]);
  }
  const folder = settings.logFolder;
  const known = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.log')) : [];
  const chosen = name === undefined ? known : known.filter((file) => file === `${name}.log`);
  if (chosen.length === 0) {
    const names = known.map((file) => file.slice(0, -'.log'.length)).join(', ');
    throw new CommandFailure(
      name === undefined ? `no logs in ${folder}` : `no log of ${name}; there are: ${names || 'none'}`,
    );
  }
  for (const file of chosen) {
    if (chosen.length > 1) say(`==> ${file} <==`);
    for (const line of lastLines(join(folder, file), LINES)) say(line);
  }
  if (follow) await followFiles(chosen.map((file) => join(folder, file)));
}

/** Copies what is added to the files. A file that got shorter was cut by the rotation and is read from its start. */
async function followFiles(files: string[]): Promise<void> {
  const positions = new Map(files.map((file) => [file, statSync(file).size]));
  for (;;) {
    for (const file of files) positions.set(file, copyFrom(file, positions.get(file)!));
    await sleep(POLL_MS);
  }
}

function copyFrom(file: string, position: number): number {
  const { size } = statSync(file);
  const start = size < position ? 0 : position;
  if (size === start) return size;
  const buffer = Buffer.alloc(size - start);
  const handle = openSync(file, 'r');
  try {
    const count = readSync(handle, buffer, 0, buffer.length, start);
    process.stdout.write(buffer.subarray(0, count));
    return start + count;
  } finally {
    closeSync(handle);
  }
}
