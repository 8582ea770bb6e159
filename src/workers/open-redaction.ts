import type { DecodeRecord, RedactLetter } from '../activities/ports';
import type { Config } from '../config';
import { createLearningDecoder } from '../kafka/decode-record';
import type { PlainLogKernel } from '../plain-logs/plain-log-kernel';
import { createRedactLetter } from '../redaction/redact-letter';
import { withRedaction } from '../redaction/redacting-decoder';
import { createRedactor, type Redactor } from '../redaction/redactor';
import type { RedactionRule, RedactionSettings } from '../redaction/rules';
import { readRedaction } from '../redaction-settings';
import { openTriggerScan } from './open-plain-logs';

/** What of a worker takes secrets out of records. */
export interface WorkerRedaction {
  settings: RedactionSettings;
  /** Counts nothing: the same secret is met again by whatever is done with its record. */
  redactor: Redactor;
  decode: DecodeRecord;
  redactLetter: RedactLetter;
}

/**
 * @param redacted counts the secrets that are taken out where records are decoded, by rule
 * @param kernel tells records without a secret in less time
 */
export function openRedaction(
  config: Pick<Config, 'redaction' | 'kafka'>,
  redacted: Map<RedactionRule, number>,
  kernel?: PlainLogKernel,
): WorkerRedaction {
  const settings = readRedaction(config.redaction);
  const suspects = openTriggerScan(settings, kernel);
  const redactor = createRedactor(settings, undefined, suspects);
  for (const rule of settings.rules) if (!redacted.has(rule)) redacted.set(rule, 0);
  const count = (rule: RedactionRule) => redacted.set(rule, (redacted.get(rule) ?? 0) + 1);
  const counting = createRedactor(settings, count, suspects);
  return {
    settings,
    redactor,
    decode: withRedaction(createLearningDecoder({ formats: config.kafka.formats }), counting),
    redactLetter: createRedactLetter(redactor),
  };
}
