import { SEQ_HEADER } from '../load/messages';
import type { Written } from '../load/written';
import type { Difference, KafkaPartition } from './compare';
import { headerOf } from './read-topic';

/** Holds what Kafka has against what the producers know: the check of the source itself. Pure. */
export function compareWritten(written: Written, kafka: KafkaPartition[]): Difference[] {
  const found = new Set<number>();
  for (const record of kafka.flatMap(({ records }) => records)) found.add(Number(headerOf(record, SEQ_HEADER)));
  const differences: Difference[] = [];
  const missing = [...written.acknowledged].filter((seq) => !found.has(seq));
  const visible = [...written.aborted].filter((seq) => found.has(seq));
  if (missing.length > 0) {
    differences.push({
      kind: 'source',
      what: `${missing.length} acknowledged messages are not in Kafka, first ${missing[0]}`,
    });
  }
  if (visible.length > 0) {
    differences.push({ kind: 'source', what: `${visible.length} aborted messages can be read, first ${visible[0]}` });
  }
  return differences;
}
