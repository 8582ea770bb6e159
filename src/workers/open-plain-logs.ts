import type { Logger } from '../logger';
import type { PlainLogs } from '../elasticsearch/plain-items';
import { PLAIN_FIELDS, REQUIRED_FIELDS } from '../kafka/scan-plain-log';
import { PlainLogKernel } from '../plain-logs/plain-log-kernel';
import type { Redactor } from '../redaction/redactor';
import type { RedactionSettings } from '../redaction/rules';
import { triggerGrams } from '../redaction/trigger-grams';
import { createScanBy, createTriggerScan, hasOtherTriggers, type TriggerScan } from '../redaction/trigger-scan';

/** The kernel; undefined, and told, on a processor without the instructions that it needs: documents are the same without it. */
export function openKernel(logger: Pick<Logger, 'warn'>): PlainLogKernel | undefined {
  try {
    return new PlainLogKernel({ fields: PLAIN_FIELDS, required: REQUIRED_FIELDS, triggers: triggerGrams() });
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    logger.warn({ reason: error.message }, 'this processor lacks SIMD for WebAssembly: plain logs take longer');
    return undefined;
  }
}

/** The short way of plain logs into bulk bodies, under a redaction. */
export function openPlainLogs(
  settings: RedactionSettings,
  { suspects }: Pick<Redactor, 'suspects'>,
  kernel: PlainLogKernel | undefined,
): PlainLogs | undefined {
  return kernel && { kernel, suspects, alwaysAsk: hasOtherTriggers(settings) };
}

/** Shorter bytes are looked at in less time than they are handed over in. */
const FEW_BYTES = 64;

/** The redaction's scan, by the kernel where that can tell: most records have nothing at which either stops. */
export function openTriggerScan(settings: RedactionSettings, kernel: PlainLogKernel | undefined): TriggerScan {
  const scan = createTriggerScan(settings);
  if (!kernel || settings.rules.length === 0 || hasOtherTriggers(settings)) return scan;
  const byKernel = createScanBy(kernel, scan);
  return (bytes, begin) => (bytes.length < FEW_BYTES ? scan(bytes, begin) : byKernel(bytes, begin));
}
