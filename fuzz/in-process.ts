import { prepareBatch } from '../src/activities/prepare-batch';
import { createBulkBuilder } from '../src/elasticsearch/bulk-request';
import { createLearningDecoder, decodeByParsing } from '../src/kafka/decode-record';
import { TextBody } from '../src/kafka/shapes/text-body';
import type { KafkaRecord, SplicedDocument } from '../src/domain/record';
import { batchRef, kafkaRecord, RULES } from '../test/support/records';
import { readJson, type Json } from './json-model';
import { makeRecords } from './records';
import { findDifference } from './same-record';

export interface FuzzCounts {
  records: number;
  indexed: number;
  verbatim: number;
  /** Decoded by their shape. */
  spliced: number;
  exact: number;
  rejected: Record<string, number>;
  filtered: number;
}

const BUILD = { indexPrefix: 'logs', hash: () => '0'.repeat(16), now: () => '2026-11-24T00:00:00.000Z' };

/**
 * Decodes, scores and builds `count` records, mutated and generated ones, and holds every document against its record.
 *
 * @throws Error at the first record that has no fate or a wrong one, with its bytes in base64
 */
export function fuzzInProcess(count: number, seed: number, say: (counts: FuzzCounts) => void = () => {}): FuzzCounts {
  const counts: FuzzCounts = { records: 0, indexed: 0, verbatim: 0, spliced: 0, exact: 0, rejected: {}, filtered: 0 };
  let round = 0;
  const decode = createLearningDecoder();
  for (const values of makeRecords(count, seed)) {
    checkBatch(values, decode, counts);
    round += 1;
    if (round % 100 === 0) say(counts);
  }
  return counts;
}

function checkBatch(
  values: (Buffer | null)[],
  decode: ReturnType<typeof createLearningDecoder>,
  counts: FuzzCounts,
): void {
  const records = values.map((value, offset) => kafkaRecord(value, { offset }));
  const prepared = prepareBatch(batchRef(0, records.length), records, 1, {
    decode: (record) => {
      const decoded = guarded(record.value, () => decode(record));
      if (decoded.kind === 'record' && decoded.verbatim) counts.verbatim += 1;
      else if (decoded.kind === 'record' && decoded.spliced) {
        counts.spliced += 1;
        guarded(record.value, () => checkSpliced(record, decoded.spliced));
      } else if (decoded.kind === 'record' && decoded.document !== undefined) counts.exact += 1;
      return decoded;
    },
    rules: RULES,
    index: { builder: (ref, epoch) => createBulkBuilder(ref, epoch, BUILD) },
  });
  const fates = new Map<number, number>();
  const settle = (position: number) => fates.set(position, (fates.get(position) ?? 0) + 1);
  for (const { position, rejection } of prepared.rejected) {
    settle(position);
    counts.rejected[rejection.code] = (counts.rejected[rejection.code] ?? 0) + 1;
  }
  for (const [number, part] of prepared.parts.entries()) {
    const lines = part.body.toString().split('\n');
    if (lines.length !== part.offsets.length * 2 + 1) throw new Error('the body has other lines than items');
    prepared.positions[number]!.forEach((position, item) => {
      settle(position);
      counts.indexed += 1;
      const value = values[position]!;
      guarded(value, () => {
        const difference = findDifference(value.toString(), readJson(lines[item * 2 + 1]!) as Map<string, Json>);
        if (difference !== undefined) throw new Error(difference);
      });
    });
  }
  counts.filtered += prepared.filtered;
  counts.records += values.length;
  const once = [...fates.values()].filter((times) => times === 1).length;
  if (once + prepared.filtered !== values.length) throw new Error('a record has no fate, or two');
}

/** What is decoded by its shape is, byte for byte, what the parser makes of it. */
function checkSpliced(record: KafkaRecord, spliced: SplicedDocument): void {
  const parsed = decodeByParsing(record);
  const body = new TextBody();
  spliced.write(body);
  const expected = parsed.kind === 'record' ? (parsed.document ?? JSON.stringify(parsed.record)) : parsed.kind;
  if (body.toString() !== expected) throw new Error(`decoded by its shape it is another document: ${body.toString()}`);
}

function guarded<T>(value: Buffer | null, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${value?.toString('base64')}`, { cause: error });
  }
}
