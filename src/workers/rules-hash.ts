import { createHash } from 'node:crypto';
import type { Config } from '../config';
import { createRedactor } from '../redaction/redactor';
import { readRedaction } from '../redaction-settings';
import type { ScoringRules } from '../scoring/rules';

/** Raised whenever the code decodes, normalises or scores a record differently than before. */
export const PROCESSING_VERSION = 7;

/** Where documents go. Workers that differ here must not share a batch either. */
export interface DocumentPlace {
  indexPrefix: string;
  oldestDay?: string | undefined;
}

/**
 * What decides a document: scoring rules, formats, redaction, code version, and its place. A new hash raises the scoring
 * epoch.
 *
 * @param formats names of the formats that records are looked at for
 * @param redaction the redactor's fingerprint
 */
export function rulesHash(
  rules: ScoringRules,
  formats: readonly string[],
  redaction: string,
  { indexPrefix, oldestDay = '' }: DocumentPlace,
): string {
  const sorted = Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(
      JSON.stringify([PROCESSING_VERSION, sorted, [...new Set(formats)].sort(), redaction, indexPrefix, oldestDay]),
    )
    .digest('hex')
    .slice(0, 16);
}

/** The hash of a topic's configuration. @throws Error when the file of the redaction's key cannot be read */
export function hashOf({ scoring, kafka, redaction, elasticsearch }: HashedConfig): string {
  const { fingerprint } = createRedactor(readRedaction(redaction));
  return rulesHash(scoring, kafka.formats, fingerprint, { ...elasticsearch, oldestDay: kafka.oldestDay });
}
export type HashedConfig = Pick<Config, 'scoring' | 'kafka' | 'redaction' | 'elasticsearch'>;
