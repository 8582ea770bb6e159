import fc from 'fast-check';
import type { NameRoom } from '../../src/domain/audit';
import type { LetterState } from '../../src/domain/dead-letter';
import { documentId } from '../../src/domain/ids';
import { openLedger, type Ledger } from '../../src/domain/ledger';
import { MemoryAudit } from '../support/memory-audit';
import { APPENDED_AT, kafkaRecord, PLAIN_LOG } from '../support/records';

const room: NameRoom = { missing: 100, doubled: 100, unverifiable: 100, foreign: 100 };
const INDEX = 'logs-2026.11.24';
const DAY = 86_400_000;
const id = (offset: number, generation = 1, partition = 0) => documentId({ generation, partition, offset });
const doc = (offset: number, more: { id?: string; index?: string } = {}) => ({
  index: INDEX,
  id: id(offset),
  offset,
  ...more,
});
const letterOf = (offset: number, state: LetterState, more: { kept?: number; documents?: number } = {}) => {
  const documents = state === 'redriven' || state === 'resolved' ? 1 : 0;
  return { offset, state, kept: 0, documents, ...more };
};
const range = (from: number, to: number) => ({ partition: 0, from: String(from), to: String(to) });

/** A partition with `count` records and as many documents, all booked. */
function whole(count: number, page = 10): MemoryAudit {
  const audit = new MemoryAudit(page);
  for (let offset = 0; offset < count; offset += 1) {
    audit.source.append(0, kafkaRecord(PLAIN_LOG));
    audit.documents.push(doc(offset));
  }
  audit.end = count;
  audit.account.ledger = { ...openLedger('0'), next: String(count), indexed: count };
  return audit;
}
const run = (audit: MemoryAudit, scope: { from?: string; to?: string } = {}, details?: unknown) =>
  audit.run('auditPartition', { topic: 'logs', partition: 0, room, ...scope }, details);

describe('auditPartition', () => {
  test.each([0, 1, 9, 10, 11, 95])('%i documents that are all there: clean, and the sums agree', async (count) => {
    const { audit, names } = await run(whole(count));
    expect(audit).toMatchObject({ ...range(0, count), verdict: 'clean', source: 'workflow', generation: 1 });
    expect(audit.counts).toMatchObject({ documents: count, missing: 0, foreign: 0, void: 0 });
    expect(audit.sums!.documents).toEqual({ found: count, booked: count });
    expect(names).toEqual({ missing: [], doubled: [], unverifiable: [], foreign: [] });
  });

  test('documents that are gone are named as ranges', async () => {
    const audit = whole(50);
    audit.documents = audit.documents.filter(({ offset }) => ![3, 9, 10, 11, 49].includes(offset));
    const { audit: found, names } = await run(audit);
    expect(found).toMatchObject({ verdict: 'differences', counts: { missing: 5, documents: 45 } });
    expect(names.missing).toEqual([range(3, 4), range(9, 12), range(49, 50)]);
  });

  test('a document in two indices, and one beside an open letter: doubled', async () => {
    const audit = whole(30);
    audit.documents.push(doc(9, { index: 'logs-old' }), doc(10, { index: 'logs-old' }));
    audit.letters.push(letterOf(20, 'open'));
    const { audit: found, names } = await run(audit);
    expect(found).toMatchObject({ verdict: 'differences', counts: { doubled: 3, documents: 30 } });
    expect(names.doubled).toEqual([range(9, 11), range(20, 21)]);
  });

  test('a group of one offset that fills a page does not stop it', async () => {
    const audit = whole(30);
    for (let copy = 0; copy < 25; copy += 1) audit.documents.push(doc(15, { index: `logs-2${copy}` }));
    expect((await run(audit)).audit.counts).toMatchObject({ doubled: 1, documents: 30, missing: 0 });
  });

  test('documents of no record: foreign, each with its reason', async () => {
    const audit = whole(30);
    audit.account.ledger = { ...audit.account.ledger, first: '5', indexed: 25 };
    audit.documents = audit.documents.filter(({ offset }) => offset >= 5);
    audit.documents.push(
      doc(7, { id: 'somebody else’s' }),
      doc(8, { id: id(9) }),
      doc(8, { id: id(8, 1, 3) }),
      doc(8, { id: id(8, 2) }),
      doc(2),
      doc(-4, { id: 'x'.repeat(500) }),
      doc(30),
      doc(1_000_000),
    );
    const { audit: found, names } = await run(audit);
    expect(found).toMatchObject({ verdict: 'differences', counts: { foreign: 8, documents: 25, doubled: 0 } });
    expect(names.foreign).toEqual([
      { index: INDEX, id: 'x'.repeat(64), reason: 'id' },
      { index: INDEX, id: id(2), reason: 'outside' },
      { index: INDEX, id: 'somebody else’s', reason: 'id' },
      { index: INDEX, id: id(9), reason: 'id' },
      { index: INDEX, id: id(8, 1, 3), reason: 'id' },
      { index: INDEX, id: id(8, 2), reason: 'generation' },
      { index: INDEX, id: id(30), reason: 'beyond_end' },
      { index: INDEX, id: id(1_000_000), reason: 'beyond_end' },
    ]);
  });

  test('a document whose offset was changed: foreign there, missing where it belongs', async () => {
    const audit = whole(30);
    audit.documents[12] = { ...audit.documents[12]!, offset: 20 };
    const { names } = await run(audit);
    expect(names).toMatchObject({ missing: [range(12, 13)], doubled: [], foreign: [{ id: id(12), reason: 'id' }] });
  });

  test('what is in flight is not judged', async () => {
    const audit = whole(30);
    audit.account.ledger = { ...audit.account.ledger, next: '20', indexed: 20 };
    audit.documents = audit.documents.filter(({ offset }) => offset !== 25);
    expect((await run(audit)).audit).toMatchObject({ ...range(0, 20), verdict: 'clean', counts: { documents: 20 } });
  });

  test('documents of an earlier topic of the name are counted apart', async () => {
    const audit = whole(30);
    audit.account = { ...audit.account, generation: 2, closed: [{ generation: 1, ledger: openLedger('0') }] };
    audit.documents = [0, 15, 70].map((offset) => doc(offset));
    for (let offset = 0; offset < 30; offset += 1) audit.documents.push(doc(offset, { id: id(offset, 2) }));
    expect((await run(audit)).audit).toMatchObject({
      verdict: 'clean',
      counts: { documents: 30, closed: 3, doubled: 0 },
    });
  });

  test('holes that Kafka explains: tombstones and offsets without a record', async () => {
    const audit = new MemoryAudit(10);
    audit.source.append(0, kafkaRecord(PLAIN_LOG), kafkaRecord(null), undefined, undefined, kafkaRecord(PLAIN_LOG));
    audit.documents.push(doc(0), doc(4));
    audit.end = 5;
    audit.account.ledger = { ...openLedger('0'), next: '5', indexed: 2, filtered: 1, void: 2 };
    const { audit: found } = await run(audit);
    expect(found).toMatchObject({ verdict: 'clean', counts: { documents: 2, filtered: 1, void: 2 } });
    expect(found.sums!.holes).toEqual({ found: 3, booked: 3 });
    expect(audit.source.calls).toEqual(['read 0 1-4']);
  });

  test('letters stand for their records, and redriven ones for documents', async () => {
    const audit = whole(30);
    audit.documents = audit.documents.filter(({ offset }) => ![5, 6].includes(offset));
    audit.letters.push(letterOf(5, 'open'), letterOf(6, 'redriving'));
    audit.letters.push(letterOf(7, 'redriven'), letterOf(8, 'resolved'));
    audit.account.ledger = { ...audit.account.ledger, indexed: 26, deadLettered: 4 };
    const { audit: found } = await run(audit);
    expect(found).toMatchObject({ verdict: 'clean', counts: { documents: 28, letters: 2, redriven: 2 } });
    expect(found.sums).toMatchObject({ documents: { found: 28, booked: 28 }, letters: { found: 2, booked: 2 } });
  });

  test('a redriven letter without its document: missing', async () => {
    const audit = whole(30);
    audit.documents = audit.documents.filter(({ offset }) => offset !== 5);
    audit.letters.push(letterOf(5, 'redriven'));
    audit.account.ledger = { ...audit.account.ledger, indexed: 29, deadLettered: 1 };
    expect((await run(audit)).names.missing).toEqual([range(5, 6)]);
  });

  test('a difference that is gone at the second look was none', async () => {
    const audit = whole(30);
    const late = audit.documents.splice(5, 1);
    audit.before = () => {
      if (audit.requests === 3) audit.documents.push(...late);
    };
    expect((await run(audit)).audit.verdict).toBe('clean');
  });

  test('holes that Kafka no longer has are counted against the ledger’s sums', async () => {
    const audit = whole(40);
    audit.documents = audit.documents.filter(({ offset }) => ![20, 21].includes(offset));
    audit.deleteBefore(30);
    audit.account.ledger = { ...audit.account.ledger, indexed: 38, void: 2 };
    const clean = await run(audit);
    expect(clean).toMatchObject({ audit: { verdict: 'clean', counts: { unverifiable: 2 } } });
    expect(clean.names.unverifiable).toEqual([range(20, 22)]);
    audit.account.ledger = { ...audit.account.ledger, indexed: 39, void: 1 };
    expect((await run(audit)).audit.verdict).toBe('differences');
  });

  test('holes in batches that are damaged: nobody knows; those around them are explained as ever', async () => {
    const audit = whole(0);
    for (let offset = 0; offset < 40; offset += 1) audit.source.append(0, offset % 2 ? kafkaRecord(null) : undefined);
    audit.end = 40;
    audit.account.ledger = { ...openLedger('0'), next: '40', void: 20, filtered: 20 };
    audit.source.damage(0, 10, 20);
    audit.source.damage(0, 30, 40);
    const { audit: found, names } = await run(audit);
    expect(found).toMatchObject({ verdict: 'clean', counts: { unverifiable: 20, filtered: 10, void: 10, missing: 0 } });
    expect(names.unverifiable).toEqual([range(10, 20), range(30, 40)]);
  });

  test('a damaged batch of which the end is not known: the audit says so, and judges nothing', async () => {
    const audit = whole(30);
    audit.documents = audit.documents.filter(({ offset }) => offset !== 12);
    audit.source.damage(0, 10, undefined);
    await expect(run(audit)).rejects.toMatchObject({ type: 'batch_unreadable', nonRetryable: true });
  });

  test('days that the retention deleted are no difference, as long as they are the oldest', async () => {
    const audit = whole(40);
    audit.documents = audit.documents.filter(({ offset }) => offset >= 12);
    audit.deleteBefore(20);
    expect((await run(audit)).audit).toMatchObject({ verdict: 'clean', counts: { unverifiable: 12, documents: 28 } });
    audit.documents = audit.documents.filter(({ offset }) => offset !== 15);
    expect((await run(audit)).audit.verdict).toBe('differences');
  });

  test('a record that Kafka still has from a day past its retention: expired, unless its index is there', async () => {
    const audit = new MemoryAudit(10);
    audit.source.append(0, kafkaRecord(PLAIN_LOG, { timestamp: APPENDED_AT - 3 * DAY }), kafkaRecord(PLAIN_LOG));
    audit.documents.push(doc(1));
    audit.end = 2;
    audit.account.ledger = { ...openLedger('0'), next: '2', indexed: 2 };
    expect((await run(audit)).audit).toMatchObject({ verdict: 'clean', counts: { expired: 1, missing: 0 } });
    audit.indices.add('logs-2026.11.21');
    expect((await run(audit)).audit).toMatchObject({ verdict: 'differences', counts: { expired: 0, missing: 1 } });
  });

  /** What the retention recorded of the index of a day. */
  const deleted = (kind: 'logs' | 'dead_letters', from: number, to: number, documents: number, settled = 0) => ({
    ...{ topic: 'logs', kind, index: INDEX, uuid: `${kind} ${from}`, day: '2026.11.24', documents, expiredAt: '' },
    parts: [{ generation: 1, partition: 0, documents, settled, from: String(from), to: String(to) }],
  });

  test('what the retention has recorded as deleted is expired, also when its day would be kept now', async () => {
    const audit = whole(40);
    audit.documents = audit.documents.filter(({ offset }) => offset >= 12);
    expect((await run(audit)).audit).toMatchObject({ verdict: 'differences', counts: { missing: 12 } });
    audit.expired = [deleted('logs', 0, 12, 12)];
    const kept = await run(audit);
    expect(kept.audit).toMatchObject({ verdict: 'clean', counts: { expired: 12, missing: 0, documents: 28 } });
    expect(kept.audit.sums!.expired).toEqual({ found: 12, booked: 12 });
    audit.deleteBefore(20);
    const gone = await run(audit);
    expect(gone.audit).toMatchObject({ verdict: 'clean', counts: { expired: 12, unverifiable: 0 } });
    expect(gone.names.unverifiable).toEqual([]);
  });

  test('a record of the retention covers its own partition and generation, and the day that it names', async () => {
    const audit = whole(40);
    audit.documents = audit.documents.filter(({ offset }) => offset >= 12);
    const other = deleted('logs', 0, 12, 12);
    audit.expired = [
      { ...other, parts: [{ ...other.parts[0]!, partition: 1 }] },
      { ...other, parts: [{ ...other.parts[0]!, generation: 2 }] },
      { ...other, day: '2026.11.20' },
    ];
    expect((await run(audit)).names.missing).toEqual([range(0, 12)]);
  });

  test('more gone than the retention has deleted: the sums tell, where no name can', async () => {
    const audit = whole(40);
    audit.documents = audit.documents.filter(({ offset }) => offset >= 12);
    audit.deleteBefore(20);
    audit.expired = [deleted('logs', 0, 12, 11)];
    expect((await run(audit)).audit).toMatchObject({ verdict: 'differences', counts: { expired: 12, missing: 0 } });
  });

  test('dead letters that went for their age: open ones are expired, and redriven ones stay redriven', async () => {
    const audit = whole(30);
    audit.documents = audit.documents.filter(({ offset }) => offset !== 5);
    audit.account.ledger = { ...audit.account.ledger, indexed: 28, deadLettered: 2 };
    expect((await run(audit)).audit).toMatchObject({ verdict: 'differences', counts: { missing: 1 } });
    audit.expired = [deleted('dead_letters', 5, 9, 2, 1)];
    const { audit: found } = await run(audit);
    expect(found).toMatchObject({ verdict: 'clean', counts: { expired: 1, missing: 0, documents: 29 } });
    expect(found.sums).toMatchObject({ documents: { found: 29, booked: 29 }, letters: { found: 0, booked: 1 } });
  });

  test('an index that the retention deletes while the audit looks: expired at the second look', async () => {
    const audit = whole(30);
    audit.before = () => {
      if (audit.requests !== 2) return;
      audit.documents = [];
      audit.expired = [deleted('logs', 0, 30, 30)];
    };
    expect((await run(audit)).audit).toMatchObject({ verdict: 'clean', counts: { expired: 30 } });
  });

  test.each<[string, Partial<Ledger>]>([
    ['fewer documents booked', { indexed: 29, void: 1 }],
    ['more documents booked', { next: '30', indexed: 28, deadLettered: 2 }],
  ])('%s than found: differences without a name', async (_case, change) => {
    const audit = whole(30);
    audit.account.ledger = { ...audit.account.ledger, ...change };
    expect((await run(audit)).audit).toMatchObject({ verdict: 'differences', counts: { missing: 0, foreign: 0 } });
  });

  test('a part of the account: only its offsets are judged, without sums', async () => {
    const audit = whole(30);
    audit.documents = audit.documents.filter(({ offset }) => ![3, 12].includes(offset));
    audit.documents.push(doc(99));
    const { audit: found, names } = await run(audit, { from: '10', to: '20' });
    expect(found).toMatchObject({ ...range(10, 20), counts: { documents: 9, foreign: 0 } });
    expect(found.sums).toBeUndefined();
    expect(names.missing).toEqual([range(12, 13)]);
    expect((await run(audit, { from: '40', to: '50' })).audit).toMatchObject({ ...range(30, 30), verdict: 'clean' });
  });

  test('an attempt that failed leaves its cursor and counts to the next one, which judges only the rest', async () => {
    const audit = whole(95);
    audit.documents = audit.documents.filter(({ offset }) => ![3, 93].includes(offset));
    const expected = await run(audit);
    const needed = audit.requests;
    audit.requests = 0;
    audit.before = () => {
      if (audit.requests === 5) audit.down();
    };
    await expect(run(audit)).rejects.toMatchObject({ type: 'elasticsearch_unavailable', nonRetryable: false });
    const details = audit.heartbeats.at(-1);
    expect(details).toMatchObject({ cursor: expect.any(Number), counts: { missing: 1 } });
    audit.before = () => undefined;
    audit.requests = 0;
    // The account may have moved on: the one from the start counts.
    audit.account.ledger = { ...audit.account.ledger, next: '96', indexed: 96 };
    expect(await run(audit, {}, details)).toEqual(expected);
    expect(audit.requests).toBeLessThan(needed);
  });

  test('as many names as there is room for; the counts are whole', async () => {
    const audit = whole(1000, 100);
    audit.documents = audit.documents.filter(({ offset }) => offset % 2 === 0);
    const { audit: found, names } = await run(audit);
    expect(found.counts.missing).toBe(500);
    expect(names.missing.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify({ found, names }).length).toBeLessThan(16_384);
  });
});

describe('auditPartition, whatever was done to the documents', () => {
  const fates = fc.constantFrom(
    'kept',
    'kept',
    'kept',
    'kept',
    'gone',
    'copied',
    'moved',
    'tombstone',
    'void',
    'letter',
  );
  test('names exactly what was done, at any page size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fates, { maxLength: 60 }), fc.integer({ min: 3, max: 20 }), async (plan, page) => {
        const audit = new MemoryAudit(page);
        const ledger = { ...openLedger('0'), next: String(plan.length) };
        const wanted = { missing: new Set<number>(), doubled: new Set<number>(), foreign: new Set<string>() };
        plan.forEach((fate, offset) => {
          audit.source.append(0, fate === 'void' ? undefined : kafkaRecord(fate === 'tombstone' ? null : PLAIN_LOG));
          if (fate === 'tombstone') ledger.filtered += 1;
          else if (fate === 'void') ledger.void += 1;
          else if (fate === 'letter') {
            ledger.deadLettered += 1;
            audit.letters.push(letterOf(offset, 'open'));
          } else ledger.indexed += 1;
          if (['kept', 'copied'].includes(fate)) audit.documents.push(doc(offset));
          if (fate === 'copied') audit.documents.push(doc(offset, { index: 'logs-old' }));
          // Never two to the same place: a page holds all documents of one offset.
          if (fate === 'moved') {
            audit.documents.push({ ...doc(offset), offset: (offset + 1) % (plan.length + 1) });
            wanted.missing.add(offset);
            wanted.foreign.add(id(offset));
          }
          if (fate === 'gone') wanted.missing.add(offset);
          if (fate === 'copied') wanted.doubled.add(offset);
        });
        audit.account.ledger = ledger;
        audit.end = plan.length;
        const { audit: found, names } = await run(audit);
        const offsets = (ranges: { from: string; to: string }[]) =>
          new Set(ranges.flatMap(({ from, to }) => Array.from({ length: +to - +from }, (_, i) => +from + i)));
        expect(offsets(names.missing)).toEqual(wanted.missing);
        expect(offsets(names.doubled)).toEqual(wanted.doubled);
        expect(new Set(names.foreign.map((one) => one.id))).toEqual(wanted.foreign);
        const clean = wanted.missing.size + wanted.doubled.size + wanted.foreign.size === 0;
        expect(found.verdict).toBe(clean ? 'clean' : 'differences');
      }),
      { numRuns: 150 },
    );
  });
});
