import type { DeadLetters, ProgressMirror } from '../../src/activities/ports';
import type { IndexRetention } from '../../src/activities/retention-ports';
import { kafkaRecord } from '../support/records';

/** Dead letters to look at; `letters` gives their keys and values as they were written, repeats too. */
export interface LettersSubject {
  letters: DeadLetters;
  read(expected: number): Promise<{ id: string; value: string | null; code: string }[]>;
  close(): Promise<void>;
}

/** What every DeadLetters port does. */
export function describeDeadLetters(name: string, open: () => Promise<LettersSubject>): void {
  describe(`DeadLetters: ${name}`, () => {
    test('a letter holds the bytes and the reason, and written again it is the same letter', async () => {
      const subject = await open();
      try {
        const letter = (offset: number, value: string) => ({
          topic: 'logs',
          generation: 1,
          partition: 3,
          record: kafkaRecord(value, { offset }),
          rejection: { code: 'invalid_json', field: '', detail: 'no JSON' } as const,
        });
        await subject.letters.write([]);
        await subject.letters.write([letter(7, 'not json'), letter(8, '')]);
        await subject.letters.write([letter(7, 'not json')]);
        const byId = new Map((await subject.read(3)).map((one) => [one.id, one]));
        expect([...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
          { id: '01-0003-0000000000000007', value: 'not json', code: 'invalid_json' },
          { id: '01-0003-0000000000000008', value: '', code: 'invalid_json' },
        ]);
      } finally {
        await subject.close();
      }
    }, 60_000);
  });
}

export interface MirrorSubject {
  mirror: ProgressMirror;
  committed(partition: number): Promise<{ offset: string; metadata: string } | undefined>;
  close(): Promise<void>;
}

/** What every ProgressMirror does, for a topic of two partitions. */
export function describeProgressMirror(name: string, open: () => Promise<MirrorSubject>): void {
  describe(`ProgressMirror: ${name}`, () => {
    test('the last commit of each partition is kept, with metadata of up to 4,096 bytes and not one more', async () => {
      const subject = await open();
      try {
        const { mirror } = subject;
        expect(await subject.committed(0)).toBeUndefined();
        await mirror.commit(0, '5', 'old');
        await mirror.commit(0, '9', 'x'.repeat(4096));
        await mirror.commit(1, '3', 'ü');
        expect(await subject.committed(0)).toEqual({ offset: '9', metadata: 'x'.repeat(4096) });
        expect(await subject.committed(1)).toEqual({ offset: '3', metadata: 'ü' });
        await expect(mirror.commit(0, '10', 'ü'.repeat(2049))).rejects.toThrow(RangeError);
        expect((await subject.committed(0))?.offset).toBe('9');
      } finally {
        await subject.close();
      }
    }, 60_000);
  });
}

export interface RetentionSubject {
  /** Of the prefix `PREFIX` that `create` puts before each name. */
  retention: IndexRetention;
  create(suffixes: string[]): Promise<void>;
  /** The suffixes that are left. */
  left(): Promise<string[]>;
  close(): Promise<void>;
}

/** What every IndexRetention does. */
export function describeIndexRetention(name: string, open: () => Promise<RetentionSubject>): void {
  describe(`IndexRetention: ${name}`, () => {
    test('day indices are listed, oldest first, and removed one by one; everything else stays', async () => {
      const subject = await open();
      const days = async () => (await subject.retention.list()).map(({ day }) => day);
      try {
        await subject.create(['2026.11.22', '2026.11.20', '2026.11.21', 'old', 'eu-2026.11.20', '2026.11.20.x']);
        expect(await days()).toEqual(['2026.11.20', '2026.11.21', '2026.11.22']);
        const [first] = await subject.retention.list();
        expect(await subject.retention.account(first!.index)).toEqual({ documents: 0, parts: [] });
        await subject.retention.remove(first!.index);
        await subject.retention.remove(first!.index);
        expect(await days()).toEqual(['2026.11.21', '2026.11.22']);
        const left = ['2026.11.20.x', '2026.11.21', '2026.11.22', 'eu-2026.11.20', 'old'];
        expect((await subject.left()).sort()).toEqual(left);
      } finally {
        await subject.close();
      }
    }, 60_000);
  });
}
