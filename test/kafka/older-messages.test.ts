import { crc32 } from '@node-rs/crc32';
import fc from 'fast-check';
import { decode as decodeByKafkajs } from 'kafkajs/src/protocol/requests/fetch/v11/response';
import { plainRecord } from '../../src/domain/record';
import { decodeFetch, type FetchedRange } from '../../src/kafka/decode-fetch';
import { AT } from '../../src/kafka/record-batch';
import { fetchAnswer, writeBatch, writeOlder, type OlderMessage, type WrittenPartition } from '../support/fetch-answer';

const text = (value: string) => Buffer.from(value);
const older = (offset: number, value: string, more: Partial<OlderMessage> = {}) =>
  writeOlder({ offset, magic: 1, value: text(value), ...more });
const batchOf = (baseOffset: number, ...values: string[]) =>
  writeBatch({ baseOffset, records: values.map((value, offsetDelta) => ({ offsetDelta, value: text(value) })) });

/** What the first partition brought. */
async function rangeOf(batches: Buffer[], more: Partial<WrittenPartition> = {}): Promise<FetchedRange | undefined> {
  const answer = await decodeFetch(fetchAnswer([{ partition: 3, batches, ...more }]));
  return answer.responses[0]!.partitions[0]!.messages[0];
}
const shown = (range: FetchedRange | undefined) =>
  range?.records.map(({ offset, value }) => `${offset}:${String(value)}`);
const reasonOf = (range: FetchedRange | undefined) => range?.unreadable?.reason.split(/[:,;]/)[0];

describe('messages of before Kafka 0.11', () => {
  test('both forms, one behind the other and before a record batch; without a time it is -1', async () => {
    const first = older(5, 'a', { magic: 0, key: text('k') });
    const range = await rangeOf([first, older(7, 'b', { timestamp: 77n }), batchOf(8, 'c', 'd'), older(10, 'e')]);
    expect(range).toMatchObject({ offset: '10', records: { length: 5 } });
    expect(shown(range)).toEqual(['5:a', '7:b', '8:c', '9:d', '10:e']);
    expect(range!.records.slice(0, 3).map(({ timestamp }) => timestamp)).toEqual([-1, 77, 0]);
    expect(range!.records.map(({ key }) => key && String(key))).toEqual(['k', null, null, null, null]);
  });

  test('the shortest one, at the end of an answer', async () => {
    const range = await rangeOf([older(0, 'a'), writeOlder({ offset: 1, magic: 0, value: null })]);
    expect([range!.offset, shown(range)]).toEqual(['1', ['0:a', '1:null']]);
  });

  test.each([1, 20, 30])('one that is cut off by %d bytes is left out, for the next fetch', async (cutOff) => {
    const range = await rangeOf([older(0, 'a'), older(1, 'b')], { cutOff });
    expect([range!.offset, shown(range), range!.unreadable]).toEqual(['0', ['0:a'], undefined]);
  });

  test('packed together', async () => {
    const inner = Buffer.concat([older(0, 'a'), older(1, 'b'), older(2, 'c')]);
    const range = await rangeOf([older(3, 'z'), writeOlder({ offset: 9, magic: 1, value: inner, gzip: true })]);
    expect([range!.offset, shown(range)]).toEqual(['9', ['3:z', '7:a', '8:b', '9:c']]);
  });

  test('packed, and what cannot be unpacked, or ends within a message: none of it is taken', async () => {
    const unpackable = writeOlder({ offset: 9, magic: 1, value: text('no gzip') });
    unpackable[17] = 1;
    unpackable.set(checksumOf(unpackable), 12);
    expect(reasonOf(await rangeOf([unpackable]))).toBe('it cannot be unpacked');
    const inner = Buffer.concat([older(0, 'a'), older(1, 'b')]).subarray(0, -3);
    const cut = await rangeOf([writeOlder({ offset: 9, magic: 1, value: inner, gzip: true })]);
    expect([shown(cut), reasonOf(cut)]).toEqual([[], 'its records do not fit into it']);
  });

  test.each([0, 1])(
    'a record batch of today of which the form is damaged to %d is told of, with its range',
    async (magic) => {
      const damaged = batchOf(5, 'a', 'b', 'c');
      damaged[AT.magic] = magic;
      const range = await rangeOf([batchOf(4, 'z'), damaged, batchOf(8, 'y')]);
      expect(shown(range)).toEqual(['4:z']);
      expect(range!.unreadable).toMatchObject({ from: 5, to: 8 });
      expect(reasonOf(range)).toBe('its form is damaged');
      const lone = await rangeOf([damaged]);
      expect([shown(lone), lone!.unreadable!.to]).toEqual([[], undefined]);
    },
  );

  test('it harms no other partition', async () => {
    const damaged = batchOf(5, 'a');
    damaged[AT.magic] = 0;
    const answer = await decodeFetch(
      fetchAnswer([
        { partition: 3, batches: [damaged] },
        { partition: 4, batches: [batchOf(1, 'b')] },
      ]),
    );
    const [one, other] = answer.responses[0]!.partitions.map(({ messages }) => messages[0]);
    expect([shown(one), shown(other)]).toEqual([[], ['1:b']]);
  });

  test('any byte altered of the second one: nothing of it is taken, nor what is behind it', async () => {
    const [first, second] = [older(4, 'first'), older(5, 'second', { key: text('key'), timestamp: 9n })];
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: second.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(second);
        bytes[at]! ^= flip;
        const range = await rangeOf([first, bytes, older(6, 'third')]);
        // The offsets have no checksum: where one cannot be, nothing is taken of what stands with it.
        expect(shown(range)).toEqual(at < AT.length ? [] : ['4:first']);
        // A length that is too long is taken for one that the answer cuts off, and is told of by the next.
        const cutOff = at >= AT.length && at < AT.length + 4 && range!.offset === '4';
        expect(range!.unreadable !== undefined || cutOff).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['before the one before it', [older(5, 'a'), older(4, 'b')]],
    ['that of the one before it', [older(5, 'a'), older(5, 'b')]],
    ['behind the end of its partition', [older(98, 'a')]],
  ])('an offset that cannot be: %s', async (_name, batches) => {
    const range = await rangeOf(batches);
    expect([shown(range), reasonOf(range)]).toEqual([[], 'its head is damaged']);
  });

  test('held against kafkajs: the same records', async () => {
    const one = fc.record({
      magic: fc.constantFrom(0 as const, 1 as const),
      timestamp: fc.bigInt({ min: 0n, max: 2n ** 50n }),
      key: fc.option(fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes))),
      value: fc.option(fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), async (some) => {
        const payload = fetchAnswer([
          { partition: 0, batches: some.map((message, offset) => writeOlder({ ...message, offset })) },
        ]);
        const theirs = (await decodeByKafkajs(payload)).responses[0]!.partitions[0]!.messages;
        const ours = (await decodeFetch(payload)).responses[0]!.partitions[0]!.messages[0]!.records;
        expect(ours.map((record) => plainRecord(record))).toEqual(
          theirs.map(({ offset, timestamp = '-1', key, value }) => {
            return { offset: Number(offset), timestamp: Number(timestamp), key, value };
          }),
        );
      }),
    );
  });
});

/** The right checksum of an altered message. */
function checksumOf(message: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(message.subarray(AT.magic)));
  return bytes;
}
