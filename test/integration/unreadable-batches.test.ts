import { AT } from '../../src/kafka/record-batch';
import { StoredLog } from '../support/damage-log';
import { numbers } from '../support/kafka-topic';
import { closeReaders, failure, LIMITS, never, openReader, values } from '../support/topic-reader';

afterEach(closeReaders, 30_000);

/** Three batches of ten; the one in the middle is damaged. */
async function openDamaged(place: number, bits = 255) {
  const opened = await openReader(2);
  for (const first of [0, 10, 20]) await opened.topic.writeNumbers(10, first);
  await opened.topic.writeNumbers(10, 0, 1);
  const log = new StoredLog(opened.topic.name);
  const [, middle] = log.batches();
  log.flip(middle!, place, bits);
  return { ...opened, mend: () => log.flip(middle!, place, bits) };
}

describe('batch reader on the real Kafka: a batch that its disk has damaged', () => {
  test('what is before it is taken, then: batch_unreadable with its range; behind it goes on; mended it is read', async () => {
    const { reader, mend } = await openDamaged(-3);
    const before = await reader.pull(0, 0, LIMITS, never);
    expect([values(before), before.to]).toEqual([numbers(0, 10), 10]);
    const error = await failure(reader.pull(0, 10, LIMITS, never));
    expect(error).toMatchObject({ code: 'batch_unreadable', verdict: 'halt' });
    expect(error.options.details).toEqual([{ from: '10', to: '20' }]);
    expect(error.message).toContain('offset 10');
    expect(values(await reader.pull(0, 20, LIMITS, never))).toEqual(numbers(20, 30));
    mend();
    expect(values(await reader.pull(0, 10, LIMITS, never))).toEqual(numbers(10, 30));
  }, 60_000);

  test('another partition of the same topic is read meanwhile', async () => {
    const { reader } = await openDamaged(-3);
    const [error, other] = await Promise.all([
      failure(reader.pull(0, 10, LIMITS, never)),
      reader.pull(1, 0, LIMITS, never),
    ]);
    expect(error.code).toBe('batch_unreadable');
    expect(values(other)).toEqual(numbers(0, 10));
  }, 60_000);

  test('a range with it: nothing comes back but where it is; ranges beside it are whole', async () => {
    const { reader } = await openDamaged(-3);
    expect((await failure(reader.read(0, 5, 25, never))).options.details).toEqual([{ from: '10', to: '20' }]);
    expect((await failure(reader.read(0, 15, 25, never))).options.details).toEqual([{ from: '15', to: '20' }]);
    expect(values(await reader.read(0, 5, 10, never))).toEqual(numbers(5, 10));
    expect(values(await reader.read(0, 20, 25, never))).toEqual(numbers(20, 25));
  }, 60_000);

  test('damaged under a pull that waits at the end: it is met when it comes', async () => {
    const { topic, reader } = await openReader();
    await topic.writeNumbers(10);
    expect((await reader.pull(0, 0, LIMITS, never)).to).toBe(10);
    const log = new StoredLog(topic.name);
    await topic.writeNumbers(10, 10);
    log.flip(log.batches()[1]!, AT.records);
    const error = await failure(reader.read(0, 10, 20, never));
    // The last one of its partition ends where it says.
    expect(error.options.details).toEqual([{ from: '10', to: '20' }]);
  }, 60_000);

  test.each([
    ['its length, so that the broker cannot read it', AT.length, 'its broker cannot read it', []],
    ['its length, so that it takes others along', AT.length + 3, 'its checksum is wrong', []],
    ['its first offset', 7, 'its head is damaged', []],
    ['its checksum', AT.crc, 'its checksum is wrong', [{ from: '10', to: '20' }]],
    ['its last offset', AT.lastOffsetDelta + 3, 'its checksum is wrong', [{ from: '10', to: '20' }]],
  ])(
    '%s: no offset is passed over, and no other partition suffers',
    async (_name, place, words, details) => {
      const { reader, mend } = await openDamaged(place);
      const before = await reader.pull(0, 0, LIMITS, never);
      expect([values(before), before.to]).toEqual([numbers(0, 10), 10]);
      const [error, other] = await Promise.all([
        failure(reader.pull(0, 10, LIMITS, never)),
        reader.pull(1, 0, LIMITS, never),
      ]);
      expect(error.code).toBe('batch_unreadable');
      expect(error.message).toContain(`the record batch at offset 10 cannot be read: ${words}`);
      expect(error.options.details).toEqual(details);
      expect(values(other)).toEqual(numbers(0, 10));
      mend();
      expect(values(await reader.pull(0, 10, LIMITS, never))).toEqual(numbers(10, 30));
    },
    60_000,
  );

  // The broker takes it for one of an older form, looks for how it is packed where its checksum is, and by what stands there
  // fails in one way or another, or sends it as it is.
  test.each([
    ['unknown', 255],
    ['0', 2],
    ['1', 3],
  ])(
    'its form, now %s: told, no offset is passed over, and no other partition suffers',
    async (_name, bits) => {
      for (let time = 0; time < 3; time += 1) {
        const { reader, mend } = await openDamaged(AT.magic, bits);
        const [error, other] = await Promise.all([
          failure(reader.pull(0, 10, LIMITS, never)),
          reader.pull(1, 0, LIMITS, never),
        ]);
        expect(['batch_unreadable', 'kafka_unavailable']).toContain(error.code);
        expect(error.message).toMatch(
          /the record batch at offset 10 cannot be read: its (broker|head is damaged|form is damaged)/,
        );
        expect([[], [{ from: '10', to: '20' }]]).toContainEqual(error.options.details ?? []);
        expect(values(other)).toEqual(numbers(0, 10));
        mend();
        expect(values(await reader.pull(0, 10, LIMITS, never))).toEqual(numbers(10, 30));
      }
    },
    120_000,
  );
});
