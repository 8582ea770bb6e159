import { prepareBatch } from '../../src/activities/prepare-batch';
import { prepareInTurns } from '../../src/activities/prepare-in-turns';
import { createBulkBuilder } from '../../src/elasticsearch/bulk-request';
import { decodeRecord } from '../../src/kafka/decode-record';
import { BULK_SETTINGS } from '../support/bulk';
import { batchRef, kafkaRecord, PLAIN_LOG, RULES } from '../support/records';
import type { KafkaRecord } from '../../src/domain/record';

const records = (count: number) =>
  Array.from({ length: count }, (_, offset) => kafkaRecord(offset % 7 === 0 ? 'no JSON' : PLAIN_LOG, { offset }));

/** As a slow format: every record takes a part of a millisecond. */
function slowly(onRecord: (record: KafkaRecord) => void = () => undefined) {
  return (record: KafkaRecord) => {
    const end = performance.now() + 0.05;
    while (performance.now() < end);
    onRecord(record);
    return decodeRecord(record);
  };
}

const deps = (decode = decodeRecord) => ({
  decode,
  rules: RULES,
  index: {
    builder: (ref: Parameters<typeof createBulkBuilder>[0], epoch: number) =>
      createBulkBuilder(ref, epoch, BULK_SETTINGS),
  },
});

describe('a batch that is prepared in turns with other work', () => {
  test.each([0, 1, 99, 100, 101, 1234])('of %d records: what it is when it is prepared at once', async (count) => {
    const some = records(count);
    const ref = batchRef(0, count);
    expect(await prepareInTurns(ref, some, 1, deps())).toEqual(prepareBatch(ref, some, 1, deps()));
  });

  test('what is due meanwhile has its turn', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await prepareInTurns(batchRef(0, 2000), records(2000), 1, deps(slowly()));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  test('one batch after another, also behind one that failed', async () => {
    const seen: number[] = [];
    const note = deps(slowly(({ timestamp }) => seen.push(timestamp)));
    const of = (timestamp: number) => records(600).map((record) => ({ ...record, timestamp }));
    const broken = deps(() => {
      throw new Error('a fault of ours');
    });
    const batches = [
      prepareInTurns(batchRef(0, 600), of(1), 1, note),
      prepareInTurns(batchRef(0, 600), of(2), 1, broken),
      prepareInTurns(batchRef(0, 600), of(3), 1, note),
    ];
    const [first, second, third] = await Promise.allSettled(batches);
    expect([first!.status, second!.status, third!.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual([...new Array<number>(600).fill(1), ...new Array<number>(600).fill(3)]);
  });
});
