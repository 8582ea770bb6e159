import type { BatchSource } from '../../src/activities/ports';

/** A source to look at: its partition 0 is empty at first. */
export interface SourceSubject {
  source: BatchSource;
  /** Appends values to partition 0. */
  append(...values: string[]): Promise<void>;
  deleteBefore(offset: number): Promise<void>;
  close(): Promise<void>;
}

const LIMITS = { maxRecords: 100, maxBytes: 1024 * 1024, lingerMs: 20, waitMs: 15_000 };
const never = new AbortController().signal;

/** What every BatchSource does. */
export function describeBatchSource(name: string, open: () => Promise<SourceSubject>): void {
  describe(`BatchSource: ${name}`, () => {
    let subject: SourceSubject;
    beforeEach(async () => {
      subject = await open();
    }, 30_000);
    afterEach(() => subject.close(), 30_000);
    const values = (records: { value: Buffer | null }[]) => records.map(({ value }) => String(value));

    test('pull: the next records within the limit, and where the next range starts', async () => {
      await subject.append('a', 'b', 'c');
      const range = await subject.source.pull(0, 1, { ...LIMITS, maxRecords: 1 }, never);
      expect({ ...range, records: values(range.records) }).toMatchObject({ records: ['b'], to: 2, bytes: 1 });
    }, 30_000);

    test('pull: without a record in time the range is empty', async () => {
      const range = await subject.source.pull(0, 0, { ...LIMITS, waitMs: 300 }, never);
      expect(range).toMatchObject({ records: [], to: 0, bytes: 0 });
    }, 30_000);

    test('pull: a record that arrives meanwhile ends the wait', async () => {
      const waiting = subject.source.pull(0, 0, LIMITS, never);
      await subject.append('late');
      expect(values((await waiting).records)).toEqual(['late']);
    }, 30_000);

    test('pull: an abort ends the wait with its reason', async () => {
      const controller = new AbortController();
      const waiting = subject.source.pull(0, 0, LIMITS, controller.signal);
      controller.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    }, 30_000);

    test('read: exactly the range, the same each time', async () => {
      await subject.append('a', 'b', 'c', 'd');
      const first = await subject.source.read(0, 1, 3, never);
      expect({ ...first, records: values(first.records) }).toMatchObject({ records: ['b', 'c'], to: 3, bytes: 2 });
      expect(await subject.source.read(0, 1, 3, never)).toEqual(first);
    }, 30_000);

    test('deleted offsets: offset_out_of_range; offsets behind the end: topic_recreated', async () => {
      await subject.append('a', 'b', 'c');
      await subject.deleteBefore(2);
      const { source } = subject;
      await expect(source.pull(0, 1, LIMITS, never)).rejects.toMatchObject({
        code: 'offset_out_of_range',
        options: { details: [{ from: '1', to: '2' }] },
      });
      await expect(source.read(0, 0, 3, never)).rejects.toMatchObject({ code: 'offset_out_of_range' });
      await expect(source.pull(0, 4, LIMITS, never)).rejects.toMatchObject({ code: 'topic_recreated' });
      await expect(source.read(0, 2, 4, never)).rejects.toMatchObject({ code: 'topic_recreated' });
    }, 30_000);
  });
}
