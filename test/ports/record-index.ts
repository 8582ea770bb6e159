import type { BulkPart, RecordIndex } from '../../src/activities/ports';
import { scoreRecord } from '../../src/scoring/score-record';
import { batchRef, kafkaRecord, logRecord, PLAIN_LOG, RULES } from '../support/records';

/** An index to look at, empty at first. */
export interface IndexSubject {
  index: RecordIndex;
  /** The stored document under an id, with its version. */
  find(index: string, id: string): Promise<{ version: number; message: unknown } | undefined>;
  close(): Promise<void>;
}

const never = new AbortController().signal;
const REF = batchRef(0, 3);
const id = (offset: number) => `01-0000-000000000000000${offset}`;

/** What every RecordIndex does. */
export function describeRecordIndex(name: string, open: () => Promise<IndexSubject>): void {
  describe(`RecordIndex: ${name}`, () => {
    let subject: IndexSubject;
    beforeEach(async () => {
      subject = await open();
    }, 30_000);
    afterEach(() => subject.close(), 30_000);

    const build = (messages: string[], epoch: number): BulkPart => {
      const builder = subject.index.builder(REF, epoch);
      messages.forEach((message, offset) => {
        const record = logRecord({ message });
        const source = kafkaRecord({ ...PLAIN_LOG, message }, { offset });
        builder.add(source, { record, verbatim: true, escaped: false }, scoreRecord(record, RULES));
      });
      return builder.finish()[0]!;
    };
    const write = (messages: string[], epoch: number, only?: number[]) =>
      subject.index.write(build(messages, epoch), REF, epoch, only, never);

    test('new records are indexed under their ids', async () => {
      expect((await write(['a', 'b', 'c'], 1)).indexed).toEqual([0, 1, 2]);
      const { index } = build(['a'], 1);
      expect(await subject.find(index, id(2))).toEqual({ version: 1, message: 'c' });
    }, 30_000);

    test('only the named items are written', async () => {
      expect((await write(['a', 'b', 'c'], 1, [1])).indexed).toEqual([1]);
      const { index } = build(['a'], 1);
      expect(await subject.find(index, id(0))).toBeUndefined();
      expect(await write(['a'], 1, [])).toEqual({ indexed: [], duplicate: [], rejected: [], unsettled: [] });
    }, 30_000);

    test('the same epoch again: duplicates', async () => {
      await write(['a', 'b'], 1);
      expect(await write(['a', 'b', 'c'], 1)).toMatchObject({ indexed: [2], duplicate: [0, 1], unsettled: [] });
    }, 30_000);

    test('a newer epoch overwrites, an older one loses and is a duplicate', async () => {
      await write(['a'], 2);
      expect(await write(['a'], 3)).toMatchObject({ indexed: [0], duplicate: [] });
      expect(await write(['a'], 1)).toMatchObject({ indexed: [], duplicate: [0] });
      const { index } = build(['a'], 1);
      expect(await subject.find(index, id(0))).toMatchObject({ version: 3 });
    }, 30_000);

    test('another record under the id: foreign_document, and what is stored stays', async () => {
      await write(['a'], 1);
      await expect(write(['other'], 1)).rejects.toMatchObject({ code: 'foreign_document' });
      const { index } = build(['a'], 1);
      expect(await subject.find(index, id(0))).toEqual({ version: 1, message: 'a' });
    }, 30_000);

    test('an aborted signal: nothing is written, and its reason comes out', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(subject.index.write(build(['a'], 1), REF, 1, undefined, signal)).rejects.toThrow('enough');
      expect(await subject.find(build(['a'], 1).index, id(0))).toBeUndefined();
    }, 30_000);
  });
}
