import type { KafkaPartition } from '../chaos/check/compare';
import { logIndexPatterns } from '../chaos/check/read-documents';
import { documentId } from '../src/domain/ids';
import { readDocuments } from './collect';
import { findDifference } from './same-record';
import { ValuesDigest } from './send';

/** Where a partition does not hold the values that were sent to it, in their order. */
export function findUnsent(digests: readonly string[], kafka: readonly KafkaPartition[]): string[] {
  return kafka.flatMap(({ partition, records }) => {
    const digest = new ValuesDigest();
    for (const { value } of records) digest.add(value);
    return digest.finish() === digests[partition] ? [] : [`partition ${partition} holds other values than were sent`];
  });
}

/** Holds every document against its record, as text and not through JSON.parse, which would alter both alike. */
export async function findAltered(
  elasticsearchUrl: string,
  indexPrefix: string,
  kafka: readonly KafkaPartition[],
): Promise<{ held: number; altered: string[] }> {
  const values = new Map<string, Buffer | null>();
  for (const { partition, records } of kafka) {
    for (const { offset, value } of records) values.set(documentId({ generation: 1, partition, offset }), value);
  }
  const altered: string[] = [];
  let held = 0;
  for await (const { id, source } of readDocuments(elasticsearchUrl, logIndexPatterns(indexPrefix).join())) {
    const value = values.get(id);
    const difference = value ? findDifference(value.toString(), source) : 'it stands for no record';
    if (difference !== undefined) altered.push(`document ${id}: ${difference}`);
    held += 1;
  }
  return { held, altered };
}
