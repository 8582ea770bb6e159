import { resolve } from 'node:path';
import { projectRoot } from './project';

/** The folder of everything the embedded stack fetches and keeps: SLUICE_LOCAL_DIR, or `.local` in the project. */
export function localFolder(env: NodeJS.ProcessEnv): string {
  const root = projectRoot();
  return resolve(root, env['SLUICE_LOCAL_DIR'] || '.local');
}
