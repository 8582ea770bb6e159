import { createHash } from 'node:crypto';
import type { ScoringRules } from '../scoring/rules';

/** Raised whenever the code decodes, normalises or scores a record differently than before. */
export const PROCESSING_VERSION = 3;

/**
 * What decides a document's bytes: scoring rules, formats, redaction and code version. A new hash raises the scoring epoch.
 *
 * @param formats names of the formats that records are looked at for
 * @param redaction the redactor's fingerprint
 */
export function rulesHash(rules: ScoringRules, formats: readonly string[], redaction: string): string {
  const sorted = Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([PROCESSING_VERSION, sorted, [...new Set(formats)].sort(), redaction]))
    .digest('hex')
    .slice(0, 16);
}
