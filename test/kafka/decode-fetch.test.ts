import fc from 'fast-check';
import { decode as decodeByKafkajs } from 'kafkajs/src/protocol/requests/fetch/v11/response';
import { plainRecord, recordBytes, type KafkaRecord } from '../../src/domain/record';
import { decodeFetch, type FetchedRange } from '../../src/kafka/decode-fetch';
import { fixHeaderDecoding } from '../../src/kafka/header-decode-fix';
import { endOfTransaction, fetchAnswer, type WrittenBatch, type WrittenPartition } from '../support/fetch-answer';

beforeAll(() => fixHeaderDecoding());

const text = (value: string) => Buffer.from(value);
const batchOf = (baseOffset: number, values: string[], more: Partial<WrittenBatch> = {}): WrittenBatch => ({
  baseOffset,
  records: values.map((value, offsetDelta) => ({ offsetDelta, value: text(value) })),
  ...more,
});

/** What one partition brought. */
async function rangeOf(partition: Omit<WrittenPartition, 'partition'>): Promise<FetchedRange | undefined> {
  const answer = await decodeFetch(fetchAnswer([{ partition: 3, ...partition }]));
  return answer!.responses[0]!.partitions[0]!.messages[0];
}
const shown = (range: FetchedRange | undefined) =>
  range?.records.map(({ offset, value }) => `${offset}:${String(value)}`);

describe('the answer to a fetch', () => {
  test('a range per partition: its records, and the last offset of its last batch', async () => {
    const batches = [batchOf(5, ['a', 'b']), batchOf(9, ['c'], { lastOffsetDelta: 4 })];
    const answer = await decodeFetch(
      fetchAnswer([
        { partition: 3, batches },
        { partition: 4, batches: [] },
      ]),
    );
    expect(answer).toMatchObject({ throttleTime: 0, clientSideThrottleTime: 7, errorCode: 0, sessionId: 0 });
    const [topic] = answer!.responses;
    expect(topic!.topicName).toBe('logs');
    expect(topic!.partitions[0]).toMatchObject({
      partition: 3,
      errorCode: 0,
      highWatermark: '99',
      preferredReadReplica: -1,
    });
    expect(topic!.partitions.map(({ messages }) => messages.map(({ offset }) => offset))).toEqual([['13'], []]);
    expect(shown(topic!.partitions[0]!.messages[0])).toEqual(['5:a', '6:b', '9:c']);
  });

  test('a batch of which nothing is left after compaction still says how far it went', async () => {
    const range = await rangeOf({ batches: [{ baseOffset: 10, records: [], lastOffsetDelta: 7 }] });
    expect(range).toEqual({ offset: '17', records: [] });
  });

  test.each([1, 20, 60])('a batch that is cut off by %d bytes is left out, for the next fetch', async (cutOff) => {
    const range = await rangeOf({ batches: [batchOf(0, ['a']), batchOf(1, ['b'])], cutOff });
    expect([range?.offset, shown(range)]).toEqual(['0', ['0:a']]);
    expect(await rangeOf({ batches: [batchOf(0, ['a'])], cutOff })).toBeUndefined();
  });

  test('the topic`s time of appending is that of all records of a batch', async () => {
    const range = await rangeOf({ batches: [batchOf(0, ['a', 'b'], { baseTimestamp: 5n, appendTime: 77n })] });
    expect(range!.records.map(({ timestamp }) => timestamp)).toEqual([77, 77]);
  });

  test('records of an older form are left to kafkajs', async () => {
    expect(
      await decodeFetch(fetchAnswer([{ partition: 0, batches: [batchOf(0, ['a'], { magic: 1 })] }])),
    ).toBeUndefined();
  });
});

describe('transactions', () => {
  const [one, other] = [7n, 8n];
  const written = (baseOffset: number, value: string, producerId: bigint) =>
    batchOf(baseOffset, [value], { producerId, transactional: true });

  test('an aborted one is left out up to its end, what others wrote meanwhile is not; ends are no records', async () => {
    const batches = [
      written(0, 'aborted', one),
      batchOf(1, ['plain']),
      written(2, 'committed', other),
      endOfTransaction(3, one, 'abort'),
      written(4, 'anew', one),
      endOfTransaction(5, other, 'commit'),
      endOfTransaction(6, one, 'commit'),
    ];
    const range = await rangeOf({ batches, aborted: [{ producerId: one, firstOffset: 0n }] });
    expect([range?.offset, shown(range)]).toEqual(['6', ['1:plain', '2:committed', '4:anew']]);
  });

  test('two that were begun before the fetch are left out both, in whatever order they are named', async () => {
    const batches = [written(10, 'b', other), written(11, 'a', one), endOfTransaction(12, other, 'abort')];
    const aborted = [
      { producerId: other, firstOffset: 5n },
      { producerId: one, firstOffset: 2n },
    ];
    expect(shown(await rangeOf({ batches, aborted }))).toEqual([]);
  });

  test('one that is aborted twice in a row', async () => {
    const batches = [
      written(0, 'a', one),
      endOfTransaction(1, one, 'abort'),
      written(2, 'b', one),
      endOfTransaction(3, one, 'abort'),
      written(4, 'c', one),
    ];
    const aborted = [0n, 2n].map((firstOffset) => ({ producerId: one, firstOffset }));
    expect(shown(await rangeOf({ batches, aborted }))).toEqual(['4:c']);
  });
});

describe('bytes that are no record batch', () => {
  const good = fetchAnswer([{ partition: 0, batches: [batchOf(0, ['abc', 'def'])] }]);

  test('any byte of the records altered: an error, or records; never a read beyond, never endless', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 80 }), fc.nat({ max: 255 }), async (back, byte) => {
        const bytes = Buffer.from(good);
        bytes[bytes.length - 1 - back] = byte;
        const answer = await decodeFetch(bytes).catch(() => undefined);
        for (const { records } of answer?.responses[0]!.partitions[0]!.messages ?? []) {
          for (const record of records) {
            expect(recordBytes(record)).toBeLessThan(bytes.length);
            plainRecord(record);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a count of records that there are not', { at: -24, bytes: [0, 0, 0, 3] }],
    ['fewer than there are', { at: -24, bytes: [0, 0, 0, 1] }],
    ['none', { at: -24, bytes: [0, 0, 0, 0] }],
    ['a length that is shorter than the record', { at: -20, bytes: [2] }],
    ['a value that goes on behind its record', { at: -15, bytes: [120] }],
    ['more headers than there are', { at: -11, bytes: [8] }],
  ])('%s: an error that says where', async (_name, { at, bytes }) => {
    const answer = Buffer.from(good);
    answer.set(bytes, answer.length + at);
    await expect(decodeFetch(answer)).rejects.toThrow('the record batch at offset 0 cannot be read');
  });
});

describe('held against kafkajs', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some));
  const header = fc.tuple(
    fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('a', '__proto__', 'constructor')),
    bytes,
  );
  const record = fc.record({
    timestampDelta: fc.integer(),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.array(header, { maxLength: 4 }),
  });
  const batch = fc.record({
    records: fc.array(record, { minLength: 1, maxLength: 5 }),
    baseTimestamp: fc.bigInt({ min: 0n, max: 2n ** 50n }),
    appendTime: fc.option(fc.bigInt({ min: 1n, max: 2n ** 50n }), { nil: undefined }),
    gzip: fc.boolean(),
    gap: fc.nat({ max: 2 ** 33 }),
  });

  test('the same records, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 4 }), async (some) => {
        let next = 0;
        const batches = some.map(({ records, gap, ...more }): WrittenBatch => {
          const baseOffset = next + gap;
          next = baseOffset + records.length;
          return { ...more, baseOffset, records: records.map((one, offsetDelta) => ({ ...one, offsetDelta })) };
        });
        const payload = fetchAnswer([{ partition: 0, batches }]);
        const [theirs] = (await decodeByKafkajs(payload)).responses[0]!.partitions;
        const ours = (await decodeFetch(payload))!.responses[0]!.partitions[0]!.messages.flatMap(
          ({ records }) => records,
        );
        expect(ours.map((one) => normal(plainRecord(one)))).toEqual(
          theirs!.messages.map(({ offset, timestamp, key, value, headers }) => {
            return normal({ offset: Number(offset), timestamp: Number(timestamp), key, value, headers });
          }),
        );
        expect(ours.map(recordBytes)).toEqual(ours.map(({ key, value }) => (key?.length ?? 0) + (value?.length ?? 0)));
      }),
    );
  });

  const normal = ({ headers = {}, ...others }: KafkaRecord) => ({
    ...others,
    headers: Object.entries(headers).map(([name, value]) => [name, [value].flat().map(String)]),
  });
});
