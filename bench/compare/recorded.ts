import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../local/project';
import type { Recorded } from './ratios';

/** The ratios that the repository keeps. */
export const RECORDED_FILE = join(projectRoot(), 'bench', 'recorded.json');

export function readRecorded(): Recorded {
  return JSON.parse(readFileSync(RECORDED_FILE, 'utf8')) as Recorded;
}
