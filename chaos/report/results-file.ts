import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SeedResult } from '../run-seed';

/** A seed's result as it is written down: one line of JSON. */
export interface ResultLine extends SeedResult {
  /** Of the code that ran; ends with `+` when the work tree had changes. */
  commit: string;
  at: string;
  /** Processes that waited for a core, over the last minute: whether the machine was busy with other work. */
  load: number;
  /** Set when the run itself failed. */
  error?: string;
}

export function appendResult(file: string, line: ResultLine): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Every result of a file; a last line that was cut off is left out. */
export function readResults(file: string): ResultLine[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        return [JSON.parse(text) as ResultLine];
      } catch {
        return [];
      }
    });
}
