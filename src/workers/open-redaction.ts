import type { DecodeRecord, RedactLetter } from '../activities/ports';
import type { Config } from '../config';
import { createLearningDecoder } from '../kafka/decode-record';
import { createRedactLetter } from '../redaction/redact-letter';
import { withRedaction } from '../redaction/redacting-decoder';
import { createRedactor, type Redactor } from '../redaction/redactor';
import type { RedactionRule, RedactionSettings } from '../redaction/rules';
import { readRedaction } from '../redaction-settings';

/** What of a worker takes secrets out of records. */
export interface WorkerRedaction {
  settings: RedactionSettings;
  /** Counts nothing: the same secret is met again by whatever is done with its record. */
  redactor: Redactor;
  decode: DecodeRecord;
  redactLetter: RedactLetter;
}

/** @param redacted counts the secrets that are taken out where records are decoded, by rule */
export function openRedaction(
  config: Pick<Config, 'redaction' | 'kafka'>,
  redacted: Map<RedactionRule, number>,
): WorkerRedaction {
  const settings = readRedaction(config.redaction);
  const redactor = createRedactor(settings);
  for (const rule of settings.rules) if (!redacted.has(rule)) redacted.set(rule, 0);
  const counting = createRedactor(settings, (rule) => redacted.set(rule, (redacted.get(rule) ?? 0) + 1));
  return {
    settings,
    redactor,
    decode: withRedaction(createLearningDecoder({ formats: config.kafka.formats }), counting),
    redactLetter: createRedactLetter(redactor),
  };
}
