import { compare, type Evidence } from '../../chaos/check/compare';
import { compareWritten } from '../../chaos/check/compare-written';
import { expectFate } from '../../chaos/check/expect-fate';
import { Written } from '../../chaos/load/written';
import { loadConfig } from '../../src/config';
import { documentId, indexName } from '../../src/domain/ids';
import { noFates } from '../../src/domain/ledger';
import type { KafkaRecord } from '../../src/domain/record';

const AT = Date.UTC(2026, 10, 24, 12);
const PARTITION = 2;
const settings = {
  rules: loadConfig({}).scoring,
  epoch: 1,
  hash: (value: Buffer) => value.toString('hex').slice(-32, -2),
};

function log(offset: number, more: object = {}): KafkaRecord {
  const value = {
    timestamp: '2026-11-24T12:00:00.000Z',
    service: 'api',
    level: 'error',
    message: `m${offset}`,
    ...more,
  };
  return { offset, timestamp: AT, key: null, value: Buffer.from(JSON.stringify(value)) };
}

/** Offsets 0 to 3 are logs, 4 is a tombstone, 5 is no JSON, 6 is void. */
function sound(): Evidence {
  const records = [
    ...[log(0), log(1), log(2), log(3)],
    { offset: 4, timestamp: AT, key: null, value: null },
    { offset: 5, timestamp: AT, key: null, value: Buffer.from('{no') },
  ];
  const id = (offset: number) => documentId({ generation: 1, partition: PARTITION, offset });
  return {
    kafka: [{ partition: PARTITION, low: 0, high: 7, records }],
    documents: records.slice(0, 4).map((record) => {
      const { documents } = expectFate(PARTITION, record, settings);
      const source = { ...documents[0]!.source, ingested_at: '2026-11-24T12:00:01.000Z' };
      return { id: id(record.offset), index: indexName('logs', AT), version: 1, source };
    }),
    letters: [{ key: id(5), value: Buffer.from('{no'), headers: { 'sluice.reason': 'invalid_json' } }],
    indexedLetters: [
      { id: id(5), source: { body: Buffer.from('{no').toString('base64'), reason: { code: 'invalid_json' } } },
    ],
    accounts: [
      {
        partition: PARTITION,
        ledger: {
          first: '0',
          next: '7',
          ...noFates(),
          indexed: 3,
          duplicate: 1,
          deadLettered: 1,
          filtered: 1,
          void: 1,
        },
      },
    ],
    indexPrefix: 'logs',
    settings,
  };
}

/** What is found after something was changed behind Sluice's back. */
function differencesAfter(change: (evidence: Evidence) => void): string[] {
  const evidence = sound();
  change(evidence);
  return compare(evidence).differences.map(({ kind, what }) => `${kind}: ${what}`);
}

const ID = (offset: number) => `01-0002-${String(offset).padStart(16, '0')}`;

describe('compare', () => {
  it('finds nothing where all is as it must be, and counts', () => {
    const { differences, counts } = compare(sound());
    expect(differences).toEqual([]);
    expect(counts).toEqual({ records: 6, documents: 4, letters: 1, filtered: 1, void: 1, duplicate: 1 });
  });

  it('takes a letter that was written twice for one', () => {
    expect(differencesAfter(({ letters }) => letters.push({ ...letters[0]! }))).toEqual([]);
  });

  it('finds a lost document, and that the ledger claims it', () => {
    expect(differencesAfter(({ documents }) => documents.splice(1, 1))).toEqual([
      `lost: ${ID(1)}: document expected`,
      'ledger: partition 2: indexed + duplicate is 4, must be 3',
    ]);
  });

  it('finds a lost dead letter', () => {
    const found = differencesAfter((evidence) => Object.assign(evidence, { letters: [], indexedLetters: [] }));
    expect(found).toContain(`lost: ${ID(5)}: letter expected`);
  });

  it('finds a document in two indices', () => {
    const found = differencesAfter(({ documents }) => documents.push({ ...documents[0]!, index: 'logs-2026.11.23' }));
    expect(found).toContain(`doubled: ${ID(0)} is in logs-2026.11.24 and logs-2026.11.23`);
  });

  it('finds a record that is a document and a dead letter', () => {
    const found = differencesAfter(({ letters, indexedLetters }) => {
      letters.push({ key: ID(0), value: log(0).value, headers: {} });
      indexedLetters.push({ id: ID(0), source: {} });
    });
    expect(found).toContain(`doubled: ${ID(0)} is a document and a dead letter`);
  });

  it('finds a changed field, a missing one and one too many, without showing them', () => {
    const found = differencesAfter(({ documents }) => {
      documents[0]!.source['message'] = 'secret';
      delete documents[1]!.source['anomaly'];
      documents[2]!.source['extra'] = 1;
    });
    expect(found).toEqual([
      `altered: ${ID(0)} differs in message`,
      `altered: ${ID(1)} differs in anomaly`,
      `altered: ${ID(2)} differs in extra`,
    ]);
  });

  it('finds another record under the id', () => {
    const found = differencesAfter(({ documents }) => {
      documents[0]!.source = { ...documents[1]!.source };
    });
    expect(found).toEqual([`altered: ${ID(0)} differs in message, kafka, record_hash`]);
  });

  it('finds other bytes and another reason in a dead letter', () => {
    const found = differencesAfter(({ letters }) => {
      letters[0] = { key: ID(5), value: Buffer.from('{yes'), headers: { 'sluice.reason': 'too_deep' } };
    });
    expect(found).toEqual([
      `altered: dead letter ${ID(5)} has other bytes`,
      `misjudged: dead letter ${ID(5)} says too_deep, not invalid_json`,
    ]);
  });

  it('finds a letter that is not in both topic and index, or twice in the index', () => {
    expect(differencesAfter(({ letters }) => letters.pop())).toContain(`lost: letter ${ID(5)} is in the index only`);
    expect(differencesAfter(({ indexedLetters }) => indexedLetters.pop())).toEqual([
      `lost: letter ${ID(5)} is in the topic only`,
    ]);
    expect(differencesAfter(({ indexedLetters }) => indexedLetters.push({ ...indexedLetters[0]! }))).toEqual([
      `doubled: letter ${ID(5)} is in 2 indices`,
    ]);
  });

  it('finds other bytes and another reason in the index of dead letters', () => {
    const found = differencesAfter(({ indexedLetters }) => {
      indexedLetters[0]!.source = { body: 'AAAA', reason: { code: 'too_deep' } };
    });
    expect(found).toEqual([
      `altered: indexed letter ${ID(5)} has other bytes`,
      `misjudged: indexed letter ${ID(5)} says too_deep`,
    ]);
  });

  it('finds documents and letters that stand for no record', () => {
    const found = differencesAfter(({ documents, letters }) => {
      documents.push({ ...documents[0]!, id: ID(9) });
      letters.push({ key: 'some text', value: null, headers: {} });
    });
    expect(found).toEqual([
      `foreign: document ${ID(9)} stands for no record`,
      'foreign: dead letter of 9 characters stands for no record',
    ]);
  });

  it('finds a sound record that was dead-lettered', () => {
    const found = differencesAfter((evidence) => {
      evidence.documents.shift();
      evidence.letters.push({ key: ID(0), value: log(0).value, headers: { 'sluice.reason': 'mapping_rejected' } });
      evidence.indexedLetters.push({ id: ID(0), source: { reason: { code: 'mapping_rejected' } } });
      Object.assign(evidence.accounts[0]!.ledger, { indexed: 2, deadLettered: 2 });
    });
    expect(found).toEqual([`misjudged: ${ID(0)}: document expected, letter found`]);
  });

  it.each([
    ['indexed', 'imbalance is -1, must be 0'],
    ['deadLettered', 'dead-lettered is 2, must be 1'],
    ['filtered', 'filtered is 2, must be 1'],
    ['void', 'void is 2, must be 1'],
    ['lostUpstream', 'lost upstream is 1, must be 0'],
  ] as const)('finds one %s too many in the ledger', (fate, what) => {
    const found = differencesAfter(({ accounts }) => {
      accounts[0]!.ledger[fate] += 1;
    });
    expect(found).toContain(`ledger: partition 2: ${what}`);
  });

  it('finds a ledger that has not reached the end, and one that is missing', () => {
    const behind = differencesAfter(({ accounts }) => Object.assign(accounts[0]!.ledger, { next: '6', void: 0 }));
    expect(behind).toContain('ledger: partition 2: next is 6, must be 7');
    expect(differencesAfter(({ accounts }) => accounts.pop())).toEqual(['ledger: partition 2 has no ledger']);
  });
});

test('what the producers know is held against Kafka', () => {
  const written = new Written();
  for (const seq of [1, 2]) written.acknowledged.add(seq);
  written.aborted.add(3);
  written.unknown.add(4);
  const kafka = (...seqs: number[]) => [
    {
      partition: 0,
      low: 0,
      high: 9,
      records: seqs.map((seq) => ({ ...log(seq), headers: { 'chaos-seq': String(seq) } })),
    },
  ];
  expect(compareWritten(written, kafka(1, 2))).toEqual([]);
  expect(compareWritten(written, kafka(1, 2, 4))).toEqual([]);
  expect(compareWritten(written, kafka(1, 3)).map(({ what }) => what)).toEqual([
    '1 acknowledged messages are not in Kafka, first 2',
    '1 aborted messages can be read, first 3',
  ]);
});
