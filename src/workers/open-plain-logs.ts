import type { PlainLogs } from '../elasticsearch/plain-items';
import { PLAIN_FIELDS, REQUIRED_FIELDS } from '../kafka/scan-plain-log';
import { PlainLogKernel } from '../plain-logs/plain-log-kernel';
import type { Redactor } from '../redaction/redactor';
import type { RedactionSettings } from '../redaction/rules';
import { hasOtherTriggers, triggerGrams } from '../redaction/trigger-scan';

/** The short way of plain logs into bulk bodies, under a redaction. */
export function openPlainLogs(settings: RedactionSettings, { suspects }: Pick<Redactor, 'suspects'>): PlainLogs {
  const kernel = new PlainLogKernel({ fields: PLAIN_FIELDS, required: REQUIRED_FIELDS, triggers: triggerGrams() });
  return { kernel, suspects, alwaysAsk: hasOtherTriggers(settings) };
}
