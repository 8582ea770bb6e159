import { createHash } from 'node:crypto';
import type { ScoringRules } from '../scoring/rules';

/** Raised whenever the code decodes, normalises or scores a record differently than before. */
export const PROCESSING_VERSION = 2;

/** What decides a document's bytes: rules and code version. A new hash raises the scoring epoch. */
export function rulesHash(rules: ScoringRules): string {
  const sorted = Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([PROCESSING_VERSION, sorted]))
    .digest('hex')
    .slice(0, 16);
}
