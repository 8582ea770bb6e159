import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The project's folder, whether this file runs from `local/` or from `dist/local/`. Known by its package-lock.json, since
 * the compiler copies package.json into `dist`.
 */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package-lock.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package-lock.json above ${__dirname}`);
    folder = parent;
  }
  return folder;
}
