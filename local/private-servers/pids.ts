import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../system/process-identity';

const SUFFIX = '.pid.json';

/** The processes of a folder by name, as last written down. */
export function readPids(folder: string): Partial<Record<string, ProcessIdentity>> {
  const pids: Partial<Record<string, ProcessIdentity>> = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith(SUFFIX))) {
    pids[file.slice(0, -SUFFIX.length)] = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProcessIdentity;
  }
  return pids;
}

/** One file per process, replaced in one step: they may be started from several places at once. */
export function writePid(folder: string, name: string, identity: ProcessIdentity): void {
  const file = join(folder, name + SUFFIX);
  writeFileSync(`${file}.new`, JSON.stringify(identity));
  renameSync(`${file}.new`, file);
}
