import type { BatchRef } from '../domain/batch';
import { VERBATIM_TEXT_FROM, type Anomaly, type KafkaRecord, type ScoredFields } from '../domain/record';
import type { ItemPieces, ItemSink, PlainLogKernel } from '../plain-logs/plain-log-kernel';

/** What takes plain logs into bodies as they are. */
export interface PlainLogs {
  kernel: PlainLogKernel;
  /** Whether a log must be looked at closely for secrets; asked where the kernel cannot tell. */
  suspects: (value: Buffer, begin: number) => boolean;
  /** Set where more is to be hidden than the kernel knows: every log is asked about. */
  alwaysAsk: boolean;
}

/** Longer ones are left to who builds item by item: each rule that holds takes 45 characters, and at most four do. */
const MAX_VERDICT = 900;

/** The items of plain logs of one batch. */
export interface PlainItems {
  /** @returns what scoring looks at; undefined for any other record, and for one that may have a secret */
  scan(source: KafkaRecord): ScoredFields | undefined;
  /** Writes the item of the log that was scanned last. @returns false where its verdict is too long */
  append(body: ItemSink, source: KafkaRecord, anomaly: Anomaly): boolean;
  /** Bytes that are written for a body and have not gone to it yet. */
  pending(body: ItemSink): number;
  /** Lets them go to it. */
  flush(body: ItemSink): void;
  /** Keeps nothing of the batch. */
  end(): void;
}

export function createPlainItems(
  { kernel, suspects, alwaysAsk }: PlainLogs,
  { partition }: Pick<BatchRef, 'partition'>,
  pieces: ItemPieces,
): PlainItems {
  return {
    scan(source) {
      if (!isExact(source.offset) || !isExact(source.timestamp)) return undefined;
      const scored =
        source.bytes === undefined
          ? source.value && kernel.scan(source.value, 0, source.value.length)
          : kernel.scan(source.bytes, source.valueAt!, source.valueLength!);
      if (!scored) return undefined;
      const { mayHoldSecret, escaped } = kernel;
      if (!alwaysAsk && !mayHoldSecret && !escaped) return scored;
      return suspects(source.value!, escaped ? 0 : VERBATIM_TEXT_FROM) ? undefined : scored;
    },
    append(body, { offset, timestamp }, anomaly) {
      let verdict: string | undefined;
      if (anomaly.score > 0) {
        verdict = `,"anomaly":${JSON.stringify(anomaly)},"kafka":{"partition":${partition},"offset":`;
        if (verdict.length > MAX_VERDICT) return false;
      }
      kernel.append(body, pieces, offset, timestamp, verdict);
      return true;
    },
    pending: (body) => kernel.pending(body),
    flush: (body) => kernel.flush(body),
    end: () => kernel.letGo(),
  };
}

/** What the kernel writes as JavaScript does. */
function isExact(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}
