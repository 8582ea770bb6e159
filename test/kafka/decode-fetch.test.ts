import fc from 'fast-check';
import { decode as decodeByKafkajs } from 'kafkajs/src/protocol/requests/fetch/v11/response';
import { plainRecord, recordBytes, type KafkaRecord } from '../../src/domain/record';
import { decodeFetch, type FetchedRange } from '../../src/kafka/decode-fetch';
import { fixHeaderDecoding } from '../../src/kafka/header-decode-fix';
import { AT } from '../../src/kafka/record-batch';
import {
  endOfTransaction,
  fetchAnswer,
  writeBatch,
  type WrittenBatch,
  type WrittenPartition,
} from '../support/fetch-answer';

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
  return answer.responses[0]!.partitions[0]!.messages[0];
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
    const [topic] = answer.responses;
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
    expect([range?.offset, shown(range), range?.unreadable]).toEqual(['0', ['0:a'], undefined]);
  });

  test('the topic`s time of appending is that of all records of a batch', async () => {
    const range = await rangeOf({ batches: [batchOf(0, ['a', 'b'], { baseTimestamp: 5n, appendTime: 77n })] });
    expect(range!.records.map(({ timestamp }) => timestamp)).toEqual([77, 77]);
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
  const good = batchOf(5, ['abc', 'def']);
  const reasonOf = (range: FetchedRange | undefined) => range?.unreadable?.reason.split(/[:;]/)[0];

  test('any byte altered from the attributes on: the batch is told of, and where it ends by the next one', async () => {
    const answer = fetchAnswer([{ partition: 0, batches: [batchOf(4, ['z']), good, batchOf(9, ['y'])] }]);
    const from = answer.indexOf(writeBatch(good)) + AT.crc;
    const to = from + writeBatch(good).length - AT.crc;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: from, max: to - 1 }), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(answer);
        bytes[at]! ^= flip;
        const [range] = (await decodeFetch(bytes)).responses[0]!.partitions[0]!.messages;
        expect(shown(range)).toEqual(['4:z']);
        expect(range!.unreadable).toMatchObject({
          from: 5,
          to: 9,
          reason: expect.stringContaining('checksum is wrong'),
        });
        expect(Number(range!.offset)).toBeGreaterThan(2 ** 52);
      }),
      { numRuns: 1000 },
    );
  });

  test('any byte of an answer altered, its length and what stands around the batches too: never a read beyond, never endless', async () => {
    const answer = fetchAnswer([{ partition: 0, batches: [good] }]);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: answer.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
        const bytes = Buffer.from(answer);
        bytes[at] = byte;
        const decoded = await decodeFetch(bytes).catch(() => undefined);
        for (const topic of decoded?.responses ?? []) {
          for (const { records } of topic.partitions.flatMap(({ messages }) => messages)) {
            for (const record of records) {
              expect(recordBytes(record)).toBeLessThan(bytes.length);
              plainRecord(record);
            }
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
    ['a number that does not end', { at: -20, bytes: Array<number>(20).fill(255) }],
  ])('written with %s: it ends where its head says, and none of it is taken', async (_name, altered) => {
    const range = await rangeOf({ batches: [batchOf(3, ['z']), { ...good, altered }] });
    expect(shown(range)).toEqual(['3:z']);
    expect(range!.unreadable).toMatchObject({ from: 4, to: 7 });
    expect(reasonOf(range)).toBe('its records do not fit into it');
  });

  test('what cannot be unpacked', async () => {
    const batches = [{ ...good, gzip: true, altered: { at: -8, bytes: [1, 2, 3, 4] } }];
    const range = await rangeOf({ batches });
    expect([range!.unreadable!.to, reasonOf(range)]).toEqual([7, 'it cannot be unpacked']);
  });

  test('damaged, and the last of its partition: it ends there; its end is not guessed where it may be followed by others', async () => {
    const batches = [{ ...good, damaged: true }];
    expect((await rangeOf({ batches, stable: 7n }))!.unreadable).toMatchObject({ to: 7 });
    expect((await rangeOf({ batches, stable: 50n }))!.unreadable).not.toHaveProperty('to');
  });

  test('damaged, and the next one too: its end is not known', async () => {
    const batches = [
      { ...good, damaged: true },
      { ...batchOf(7, ['x']), damaged: true },
    ];
    expect((await rangeOf({ batches }))!.unreadable).not.toHaveProperty('to');
  });

  test('damaged, and the next one is cut off by the end of the answer: it ends where that begins', async () => {
    const range = await rangeOf({ batches: [{ ...good, damaged: true }, batchOf(9, ['x'])], cutOff: 3 });
    expect(range!.unreadable).toMatchObject({ to: 9 });
  });

  test.each([1, 20, 60])(
    'the first batch is longer than the answer, by %d bytes: its length is wrong',
    async (cutOff) => {
      const range = await rangeOf({ batches: [batchOf(0, ['a'])], cutOff });
      expect([shown(range), reasonOf(range)]).toEqual([[], 'its head is damaged']);
    },
  );

  test.each([
    ['the first of an answer, behind the next one', [{ ...good, baseOffset: 250 }, batchOf(7, ['x'])], 300n, 0],
    ['behind the end of its partition', [{ ...good, baseOffset: 250 }], 200n, 0],
    ['within the one before it', [batchOf(1, ['v']), batchOf(2, ['z', 'y', 'x', 'w']), good], 98n, 5],
    [
      'behind the next one, and not where the last one ended',
      [batchOf(2, ['z']), { ...good, baseOffset: 90 }, batchOf(7, ['x'])],
      ...([98n, 1] as const),
    ],
  ])('an offset that cannot be: %s', async (_name, batches, stable, taken) => {
    const range = await rangeOf({ batches, stable });
    expect(range!.records).toHaveLength(taken);
    expect(reasonOf(range)).toBe('its head is damaged');
    expect(range!.unreadable!.to).toBeUndefined();
  });

  test('a batch that follows on the last one is believed before the one behind it', async () => {
    const range = await rangeOf({ batches: [batchOf(4, ['z']), good, batchOf(1, ['x'])] });
    expect(shown(range)).toEqual(['4:z', '5:abc', '6:def']);
    expect(range!.unreadable!.from).toBe(7);
  });

  test.each([2, 87, -1])('the broker itself cannot read, code %d: no error of the whole answer', async (errorCode) => {
    const answer = await decodeFetch(fetchAnswer([{ partition: 3, batches: [], errorCode }]));
    const [partition] = answer.responses[0]!.partitions;
    expect(partition).toMatchObject({
      errorCode: 0,
      messages: [{ records: [], unreadable: { reason: expect.stringContaining('broker') } }],
    });
  });

  test('one partition of two', async () => {
    const answer = await decodeFetch(
      fetchAnswer([
        { partition: 3, batches: [{ ...good, damaged: true }] },
        { partition: 4, batches: [good] },
      ]),
    );
    const ranges = answer.responses[0]!.partitions.map(({ messages }) => messages[0]);
    expect(ranges.map(shown)).toEqual([[], ['5:abc', '6:def']]);
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
        const payload = fetchAnswer([{ partition: 0, batches, stable: BigInt(next) }]);
        const [theirs] = (await decodeByKafkajs(payload)).responses[0]!.partitions;
        const ours = (await decodeFetch(payload)).responses[0]!.partitions[0]!.messages.flatMap(
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
