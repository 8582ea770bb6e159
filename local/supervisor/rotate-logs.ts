import { copyFileSync, existsSync, readdirSync, renameSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const MAX_BYTES = 10 * 1024 * 1024;
const KEPT = 2;

/**
 * Cuts every log of the folder that has grown over the limit and keeps two older parts. The file stays the same, since
 * processes hold it open and append to it; the few lines that are written between copy and cut are lost.
 */
export function rotateLogs(folder: string, maxBytes = MAX_BYTES): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const file = join(folder, name);
    if (statSync(file).size <= maxBytes) continue;
    for (let part = KEPT; part > 1; part -= 1) {
      if (existsSync(`${file}.${part - 1}`)) renameSync(`${file}.${part - 1}`, `${file}.${part}`);
    }
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}
