import type { Logger } from '../logger';
import type { PlainLogs } from '../elasticsearch/plain-items';
import { PLAIN_FIELDS, REQUIRED_FIELDS } from '../kafka/scan-plain-log';
import { PlainLogKernel } from '../plain-logs/plain-log-kernel';
import type { Redactor } from '../redaction/redactor';
import type { RedactionSettings } from '../redaction/rules';
import { hasOtherTriggers, triggerGrams } from '../redaction/trigger-scan';

/**
 * The short way of plain logs into bulk bodies, under a redaction; undefined, and told, on a processor without the
 * instructions that it needs: documents are the same without it.
 */
export function openPlainLogs(
  settings: RedactionSettings,
  { suspects }: Pick<Redactor, 'suspects'>,
  logger: Pick<Logger, 'warn'>,
): PlainLogs | undefined {
  const rules = { fields: PLAIN_FIELDS, required: REQUIRED_FIELDS, triggers: triggerGrams() };
  try {
    return { kernel: new PlainLogKernel(rules), suspects, alwaysAsk: hasOtherTriggers(settings) };
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    logger.warn({ reason: error.message }, 'this processor lacks SIMD for WebAssembly: plain logs take longer');
    return undefined;
  }
}
