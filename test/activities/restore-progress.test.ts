import fc from 'fast-check';
import { parseCommitMetadata, restoreProgress } from '../../src/activities/restore-progress';
import { imbalance, noFates } from '../../src/domain/ledger';
import type { CommitMetadata } from '../../src/workflows/contract';

const ledger = { ...noFates(), first: '10', next: '25', indexed: 12, void: 3 };
const metadata: CommitMetadata = {
  v: 1,
  progress: { generation: 2, ledger, epochs: [{ number: 4, from: '10' }] },
  epoch: { number: 4, rulesHash: 'abc' },
};
const text = (change: object = {}) => JSON.stringify({ ...metadata, ...change });
const withLedger = (change: object) => text({ progress: { ...metadata.progress, ledger: { ...ledger, ...change } } });

describe('restoreProgress', () => {
  test('no commit: from the earliest offset that Kafka has, under the present epoch', () => {
    expect(restoreProgress(undefined, 7, 3)).toEqual({
      generation: 1,
      ledger: { ...noFates(), first: '7', next: '7' },
      epochs: [{ number: 3, from: '7' }],
    });
  });

  test('a commit of ours: the very state that it carries', () => {
    expect(restoreProgress({ offset: '25', metadata: text() }, 0, 9)).toEqual(metadata.progress);
  });

  test.each([
    ['no metadata', ''],
    ['a text', 'committed by kafka-consumer-groups.sh'],
    ['a number', '7'],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['an array', '[]'],
    ['a version to come', text({ v: 2 })],
    ['no progress', text({ progress: null })],
    ['no epoch', text({ epoch: undefined })],
    ['an epoch without its rules', text({ epoch: { number: 4 } })],
    ['no epochs', text({ progress: { ...metadata.progress, epochs: undefined } })],
    ['an epoch from nowhere', text({ progress: { ...metadata.progress, epochs: [{ number: 1, from: 'x' }] } })],
    ['no generation', text({ progress: { ...metadata.progress, generation: undefined } })],
    ['an account that does not add up', withLedger({ indexed: 13 })],
    ['an account with a fate missing', withLedger({ filtered: undefined })],
    ['an account with a fate as text', withLedger({ indexed: '12' })],
    ['an account with an offset as number', withLedger({ next: 25 })],
    ['an account with no offset', withLedger({ next: 'abc' })],
    ['half of it', text().slice(0, 100)],
  ])('%s: somebody else’s commit, which says where to go on and nothing more', (_case, foreign) => {
    expect(parseCommitMetadata(foreign)).toBeUndefined();
    expect(restoreProgress({ offset: '25', metadata: foreign }, 3, 9)).toEqual({
      generation: 1,
      ledger: { ...noFates(), first: '25', next: '25' },
      epochs: [{ number: 9, from: '25' }],
    });
  });

  test('any metadata: an account that adds up, and no error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => text({ progress: value })),
        ),
        (any) => {
          expect(imbalance(restoreProgress({ offset: '5', metadata: any }, 0, 1).ledger)).toBe(0);
        },
      ),
    );
  });
});
