import type { LetterIndex, NewLetter } from '../../src/activities/ports';
import type { LetterDocument } from '../../src/elasticsearch/dead-letter-document';
import { batchRef, kafkaRecord } from '../support/records';

/** A letter index to look at. */
export interface LetterIndexSubject {
  letters: LetterIndex;
  /** What is stored under an id. */
  stored(id: string): Promise<LetterDocument | undefined>;
  /** What another writer does to a letter. */
  change(id: string, change: Partial<LetterDocument>): Promise<void>;
  /** Makes what was written visible to `inRange`. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const PARTITION = { generation: 1, partition: 3 };
const idOf = (offset: number) => `01-0003-${String(offset).padStart(16, '0')}`;
const record = (offset: number, value: string | Buffer = `bad ${offset}`) => kafkaRecord(value, { offset });
const letter = (offset: number, change: Partial<NewLetter> = {}): NewLetter => ({
  ...PARTITION,
  topic: 'logs',
  record: record(offset),
  rejection: { code: 'invalid_json', field: '', detail: 'no JSON' },
  epoch: 2,
  ...change,
});

/** What every LetterIndex does. */
export function describeLetterIndex(name: string, open: () => Promise<LetterIndexSubject>): void {
  describe(`LetterIndex: ${name}`, () => {
    let subject: LetterIndexSubject;
    beforeAll(async () => {
      subject = await open();
    }, 60_000);
    afterAll(() => subject?.close());

    test('nothing written: nothing found', async () => {
      expect((await subject.letters.find(PARTITION, [record(1)])).size).toBe(0);
      expect((await subject.letters.inRange(batchRef(0, 9, PARTITION), [record(1)])).size).toBe(0);
      expect((await subject.letters.find(PARTITION, [])).size).toBe(0);
      await subject.letters.create([]);
      await subject.letters.resolve([]);
    }, 30_000);

    test('a letter keeps the record whole, its place and the reason', async () => {
      const bytes = Buffer.from([0, 255, 0x7b, 10, 34]);
      const headers = { one: Buffer.from([200]), many: ['a', Buffer.from('b')], none: undefined };
      const odd = kafkaRecord(bytes, { offset: 10, key: Buffer.from([1, 2]), headers });
      await subject.letters.create([letter(10, { record: odd })]);
      expect(await subject.stored(idOf(10))).toMatchObject({
        ...{ topic: 'logs', generation: 1, partition: 3, offset: 10, kafka_timestamp: odd.timestamp },
        ...{ state: 'open', attempts: 1, epoch: 2, bytes: 5, whole: true },
        reason: { code: 'invalid_json', field: '', detail: 'no JSON' },
        body: bytes.toString('base64'),
        key: 'AQI=',
        headers: [
          { name: 'one', value: 'yA==' },
          { name: 'many', value: 'YQ==' },
          { name: 'many', value: 'Yg==' },
        ],
      });
      const found = await subject.letters.find(PARTITION, [odd, record(11)]);
      expect([...found.keys()]).toEqual([10]);
      expect(found.get(10)).toMatchObject({ id: idOf(10), offset: 10, state: 'open', edited: false });
    }, 30_000);

    test('written again it is the same letter: its state and first reason stay', async () => {
      await subject.letters.create([letter(20)]);
      await subject.change(idOf(20), { state: 'redriven' });
      const other = letter(20, { rejection: { code: 'mapping_rejected', field: 'x', detail: 'y' } });
      await subject.letters.create([other, letter(21)]);
      expect(await subject.stored(idOf(20))).toMatchObject({ state: 'redriven', reason: { code: 'invalid_json' } });
      expect(await subject.stored(idOf(21))).toMatchObject({ state: 'open' });
    }, 30_000);

    test('a letter that holds another record: foreign_document', async () => {
      await subject.letters.create([letter(30)]);
      await expect(subject.letters.find(PARTITION, [record(30, 'another')])).rejects.toMatchObject({
        code: 'foreign_document',
      });
    }, 30_000);

    test('a record of 1 MiB is kept whole, one of 8 MiB by reference', async () => {
      await subject.letters.create([
        letter(40, { record: record(40, Buffer.alloc(1024 * 1024, 'x')) }),
        letter(41, { record: record(41, Buffer.alloc(8 * 1024 * 1024, 'y')) }),
        letter(42),
      ]);
      expect(await subject.stored(idOf(40))).toMatchObject({ whole: true, bytes: 1024 * 1024 });
      const reference = await subject.stored(idOf(41));
      expect(reference).toMatchObject({ whole: false, bytes: 8 * 1024 * 1024, text: 'y'.repeat(8192) });
      expect(reference).not.toHaveProperty('body');
      expect(await subject.stored(idOf(42))).toMatchObject({ whole: true });
    }, 60_000);

    test('a range finds its letters and no others', async () => {
      await subject.letters.create([50, 51, 55, 60].map((offset) => letter(offset)));
      await subject.letters.create([letter(52, { partition: 4 }), letter(53, { generation: 2 })]);
      await subject.refresh();
      const found = await subject.letters.inRange(batchRef(51, 60, PARTITION), [record(51)]);
      expect([...found.keys()]).toEqual([51, 55]);
      expect(found.get(55)).toMatchObject({ id: idOf(55), state: 'open', edited: false });
    }, 30_000);

    test('resolved once: an open letter moves, one that somebody settled meanwhile stays', async () => {
      await subject.letters.create([70, 71, 72].map((offset) => letter(offset)));
      await subject.refresh();
      const found = await subject.letters.inRange(batchRef(70, 73, PARTITION), [record(70)]);
      await subject.change(idOf(71), { state: 'redriven' });
      await subject.change(idOf(72), { attempts: 2 });
      await subject.letters.resolve([...found.values()]);
      const states = await Promise.all([70, 71, 72].map(async (offset) => (await subject.stored(idOf(offset)))!.state));
      expect(states).toEqual(['resolved', 'redriven', 'resolved']);
      await subject.letters.resolve([...found.values()]);
    }, 30_000);

    test('a letter that is being redriven stays so, and whoever redrives it sees that it changed', async () => {
      await subject.letters.create([letter(80)]);
      await subject.change(idOf(80), { state: 'redriving' });
      const [before] = (await subject.letters.find(PARTITION, [record(80)])).values();
      await subject.letters.resolve([before!]);
      const [after] = (await subject.letters.find(PARTITION, [record(80)])).values();
      expect(after!.state).toBe('redriving');
      expect(after!.seqNo).toBeGreaterThan(before!.seqNo);
    }, 30_000);
  });
}
