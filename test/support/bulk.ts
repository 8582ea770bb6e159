import { createHash } from 'node:crypto';
import type { BulkPart } from '../../src/activities/ports';
import type { BatchRef } from '../../src/domain/batch';
import type { KafkaRecord } from '../../src/domain/record';
import { createBulkBuilder, type BulkSettings } from '../../src/elasticsearch/bulk-request';
import { decodeRecord } from '../../src/kafka/decode-record';
import { scoreRecord } from '../../src/scoring/score-record';
import { RULES } from './records';

/** 16 hex digits, as the real hash gives them. */
export const fakeHash = (value: Buffer) => createHash('sha256').update(value).digest('hex').slice(0, 16);

export const BULK_SETTINGS: BulkSettings = {
  indexPrefix: 'logs',
  hash: fakeHash,
  now: () => '2026-11-24T12:00:00.000Z',
};

/** The bulk parts of records that are all valid. */
export function buildParts(
  ref: BatchRef,
  epoch: number,
  records: KafkaRecord[],
  settings: BulkSettings = BULK_SETTINGS,
): BulkPart[] {
  const builder = createBulkBuilder(ref, epoch, settings);
  for (const source of records) {
    const decoded = decodeRecord(source);
    if (decoded.kind !== 'record') throw new Error(`not a valid record: ${JSON.stringify(decoded)}`);
    builder.add(source, decoded, scoreRecord(decoded.record, RULES));
  }
  return builder.finish();
}
