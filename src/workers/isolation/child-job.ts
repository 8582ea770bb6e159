import type { BatchRef } from '../../domain/batch';
import type { KafkaRecord } from '../../domain/record';
import type { RedactionSettings } from '../../redaction/rules';
import type { ScoringRules } from '../../scoring/rules';

/** What a child is told: everything it needs, so that it reads no settings. Its answer is a PreparedRange. */
export interface ChildJob {
  ref: BatchRef;
  epoch: number;
  records: KafkaRecord[];
  rules: ScoringRules;
  /** Names of the formats that the records may have. */
  formats: readonly string[];
  redaction: RedactionSettings;
  indexPrefix: string;
  oldestDay: string | undefined;
}

/** The descriptor on which a child writes one byte before each record. */
export const PROGRESS_FD = 3;

/** One record may take this long in a child; an endless loop ends so. */
export const RECORD_LIMIT_MS = 5_000;
