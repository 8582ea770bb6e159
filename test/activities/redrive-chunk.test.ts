import fc from 'fast-check';
import { ApplicationFailure } from '@temporalio/activity';
import { PipelineError } from '../../src/domain/errors';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';
import type { RedriveProgress } from '../../src/domain/redrive';

const idOf = (offset: number) => `01-0000-${String(offset).padStart(16, '0')}`;
const keyOf = (offset: number) => `logs-2026.11.24/${idOf(offset)}`;

/** A worker whose mapping has refused `count` records, and the mapping mended since. */
async function withLetters(count: number, records = Array.from({ length: count }, (_, i) => log(i))) {
  const worker = new MemoryWorker();
  worker.source.append(0, ...records);
  worker.index.treat = () => 'reject';
  await worker.run('indexBatch', [{ ref: batchRef(0, count), epoch: EPOCH }]);
  worker.index.treat = () => 'store';
  return worker;
}
const log = (i: number) => kafkaRecord({ ...PLAIN_LOG, message: `log ${i}` });

/** Takes a redrive to its end, each step tried again for as long as it fails. */
async function redrive(worker: MemoryWorker, operation: string): Promise<RedriveProgress> {
  let progress: RedriveProgress | undefined;
  for (let tries = 0; tries < 500; tries += 1) {
    try {
      const step = await worker.run('redriveChunk', [{ topic: 'logs', operation, progress }]);
      progress = step.progress;
      if (step.done) return progress;
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable) throw error;
    }
  }
  throw new Error('no end');
}

describe('redriveChunk', () => {
  test('writes the records under their own ids and moves the letters', async () => {
    const worker = await withLetters(3);
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ seen: 3, redriven: 3, rejected: 0, skipped: {} });
    expect(worker.letters.states).toEqual({ 0: 'redriven', 1: 'redriven', 2: 'redriven' });
    expect([...worker.index.documents.keys()]).toEqual([0, 1, 2].map(keyOf));
    const [first] = worker.index.documents.values();
    expect(first).toMatchObject({ version: 1, source: { message: 'log 0', kafka: { partition: 0, offset: 0 } } });
    expect(first!.source).not.toHaveProperty('edited');
  });

  test('is the same document that the pipeline writes', async () => {
    const worker = await withLetters(1);
    worker.redrives.order('a');
    await redrive(worker, 'a');
    const redriven = worker.index.documents.get(keyOf(0));
    const other = new MemoryWorker();
    other.source.append(0, log(0));
    await other.run('indexBatch', [{ ref: batchRef(0, 1), epoch: EPOCH }]);
    expect(redriven).toEqual(other.index.documents.get(keyOf(0)));
  });

  test('a second redrive finds nothing open', async () => {
    const worker = await withLetters(2);
    for (const operation of ['a', 'b']) worker.redrives.order(operation);
    await redrive(worker, 'a');
    const requests = worker.index.requests.length;
    expect(await redrive(worker, 'b')).toMatchObject({ seen: 0, redriven: 0 });
    expect(worker.index.requests).toHaveLength(requests);
  });

  test('only what the filter selects', async () => {
    const worker = await withLetters(3);
    worker.redrives.order('a', { filter: { ids: [idOf(1)] } });
    expect(await redrive(worker, 'a')).toMatchObject({ seen: 1, redriven: 1 });
    expect(worker.letters.states).toEqual({ 0: 'open', 1: 'redriven', 2: 'open' });
  });

  test('refused again: open, with the newest reason, one attempt more, and no document', async () => {
    const worker = await withLetters(2);
    worker.index.treat = ({ message }) => (message === 'log 0' ? 'reject' : 'store');
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 1, rejected: 1 });
    expect(worker.letters.letters.get(idOf(0))!.document).toMatchObject({ state: 'open', attempts: 2, edited: false });
    expect([...worker.index.documents.keys()]).toEqual([keyOf(1)]);
    worker.index.treat = () => 'store';
    worker.redrives.order('b');
    expect(await redrive(worker, 'b')).toMatchObject({ redriven: 1, rejected: 0 });
  });

  test('a record that does not decode is refused without a request', async () => {
    const worker = await withLetters(1, [kafkaRecord('not json')]);
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 0, rejected: 1 });
    expect(worker.index.requests).toEqual([]);
    expect(worker.letters.letters.get(idOf(0))!.document).toMatchObject({ state: 'open', attempts: 2 });
  });

  describe('a record that killed its process', () => {
    const reason = { code: 'process_killed', field: '', detail: '' } as const;
    /** Its bytes decode well here: whoever decodes them makes a document of them. */
    async function withKiller() {
      const worker = await withLetters(2);
      worker.letters.alter(idOf(0), { reason });
      return worker;
    }

    test('its own bytes are never decoded: the letter stays open and says what it needs', async () => {
      const worker = await withKiller();
      for (const operation of ['a', 'b']) worker.redrives.order(operation);
      expect(await redrive(worker, 'a')).toMatchObject({ redriven: 1, rejected: 1 });
      expect(await redrive(worker, 'b')).toMatchObject({ redriven: 0, rejected: 1 });
      const { document } = worker.letters.letters.get(idOf(0))!;
      expect(document).toMatchObject({ state: 'open', attempts: 3, reason: { code: 'process_killed' } });
      expect(document.reason.detail).toContain('edited body');
      expect([...worker.index.documents.keys()]).toEqual([keyOf(1)]);
    });

    test('an edited body that is refused makes it no less dangerous; one that fits is its document', async () => {
      const worker = await withKiller();
      const edit = (message: string) => ({
        filter: { ids: [idOf(0)] },
        editedBody: Buffer.from(JSON.stringify({ ...PLAIN_LOG, message })),
      });
      worker.index.treat = () => 'reject';
      worker.redrives.order('a', edit('a'));
      expect(await redrive(worker, 'a')).toMatchObject({ rejected: 1 });
      const { document } = worker.letters.letters.get(idOf(0))!;
      expect(document.reason.code).toBe('process_killed');
      expect(document.reason.detail).toContain('mapping_rejected');
      worker.index.treat = () => 'store';
      worker.redrives.order('b', edit('mended'));
      expect(await redrive(worker, 'b')).toMatchObject({ redriven: 1 });
      expect(worker.index.documents.get(keyOf(0))!.source).toMatchObject({ message: 'mended', edited: true });
    });
  });

  test('an edited body: the document keeps the place, says that it was edited, and the letter keeps the original', async () => {
    const worker = await withLetters(1, [kafkaRecord('not json')]);
    const editedBody = Buffer.from(JSON.stringify({ ...PLAIN_LOG, message: 'mended' }));
    worker.redrives.order('a', { filter: { ids: [idOf(0)] }, editedBody });
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 1 });
    expect(worker.index.documents.get(keyOf(0))!.source).toMatchObject({ message: 'mended', edited: true });
    const { document } = worker.letters.letters.get(idOf(0))!;
    expect(document).toMatchObject({ state: 'redriven', edited: true });
    expect(Buffer.from(document.body!, 'base64').toString()).toBe('not json');
    // The pipeline meets the record again: it is a letter still, and the document stays.
    const again = await worker.run('indexBatch', [{ ref: batchRef(0, 1), epoch: EPOCH }]);
    expect(again.fates).toMatchObject({ deadLettered: 1, duplicate: 0, indexed: 0 });
    expect(worker.index.documents.get(keyOf(0))!.source['message']).toBe('mended');
  });

  test('a letter of another redrive that runs is left alone, one of a redrive that was ended is taken over', async () => {
    const worker = await withLetters(2);
    worker.redrives.order('gone');
    worker.redrives.order('a');
    for (const offset of [0, 1]) worker.letters.alter(idOf(offset), { state: 'redriving', operation: 'gone' });
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 0, skipped: { taken: 2 } });
    worker.redrives.running.delete('gone');
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 2, skipped: {} });
  });

  test('somebody is faster between the look and the claim: the letter is left to them', async () => {
    const worker = await withLetters(1);
    worker.redrives.order('a');
    worker.letters.beforeChange = () => worker.letters.alter(idOf(0), { state: 'redriving', operation: 'other' });
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 0, skipped: { taken: 1 } });
    expect(worker.index.documents.size).toBe(0);
  });

  test('a pipeline with other rules writes the document while the redrive is refused: the letter is resolved', async () => {
    const worker = await withLetters(1);
    worker.redrives.order('a');
    worker.index.treat = () => {
      // Between the claim and its end.
      worker.index.documents.set(keyOf(0), { version: 1, source: { edited: true } });
      worker.letters.alter(idOf(0), { state: 'redriving', operation: 'a' });
      return 'reject';
    };
    await redrive(worker, 'a');
    expect(worker.letters.states).toEqual({ 0: 'resolved' });
  });

  test('a day that the retention has recorded as deleted is not written anew', async () => {
    const worker = await withLetters(2);
    const parts = [{ generation: 1, partition: 0, documents: 9, settled: 0, from: '0', to: '9' }];
    const day = { index: 'logs-2026.11.24', uuid: 'deleted', day: '2026.11.24', documents: 9, expiredAt: '', parts };
    await worker.expiryLog.write({ topic: 'logs', kind: 'logs', ...day });
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ skipped: { expired: 2 }, redriven: 0 });
    expect(worker.index.documents.size).toBe(0);
  });

  test('the record of an expired day is left alone: its document would be deleted at once', async () => {
    const old = kafkaRecord({ ...PLAIN_LOG }, { timestamp: Date.UTC(1900, 0, 1) });
    const young = kafkaRecord({ ...PLAIN_LOG }, { timestamp: Date.now() - 40_000 * 86_400_000 });
    expect(old.timestamp).toBeLessThan(young.timestamp);
    const worker = await withLetters(2, [{ ...young, timestamp: Date.UTC(2000, 0, 2) }, log(1)]);
    jest.useFakeTimers({ now: Date.UTC(2990, 0, 1), doNotFake: ['setTimeout', 'setInterval', 'nextTick'] });
    try {
      worker.redrives.order('a');
      expect(await redrive(worker, 'a')).toMatchObject({ skipped: { expired: 2 }, redriven: 0 });
    } finally {
      jest.useRealTimers();
    }
  });

  test('a letter without its bytes is read from Kafka while it is there', async () => {
    const worker = await withLetters(2);
    for (const offset of [0, 1]) {
      const { document } = worker.letters.letters.get(idOf(offset))!;
      Object.assign(document, { whole: false, body: undefined });
    }
    worker.source.deleteBefore(0, 1);
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 1, skipped: { bytes_gone: 1 } });
    expect(worker.letters.states).toEqual({ 0: 'open', 1: 'redriven' });
  });

  test('another record has the document: the letter stays open', async () => {
    const worker = await withLetters(2);
    worker.index.documents.set(keyOf(0), { version: 1, source: { record_hash: 'other' } });
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 1, skipped: { foreign_document: 1 } });
    expect(worker.letters.states).toEqual({ 0: 'open', 1: 'redriven' });
  });

  test('a request that is too large goes in parts, and a record that fits nowhere is refused', async () => {
    const big = kafkaRecord({ ...PLAIN_LOG, message: 'x'.repeat(5000) });
    const worker = await withLetters(3, [log(0), big, log(2)]);
    worker.index.maxRequestBytes = 2000;
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ redriven: 2, rejected: 1 });
    expect(worker.letters.letters.get(idOf(1))!.document.reason.code).toBe('too_large');
  });

  test('more letters than one step takes', async () => {
    const worker = await withLetters(0, []);
    const rejection = { code: 'mapping_rejected', field: '', detail: '' } as const;
    await worker.letters.create(
      Array.from({ length: 450 }, (_, offset) => ({
        ...{ topic: 'logs', generation: 1, partition: offset % 3, epoch: 1, rejection },
        record: { ...log(offset), offset },
      })),
    );
    worker.redrives.order('a');
    expect(await redrive(worker, 'a')).toMatchObject({ seen: 450, redriven: 450 });
    expect(worker.index.documents.size).toBe(450);
  });

  test('other rules than the pipeline’s: the step is left to another worker', async () => {
    const worker = await withLetters(1);
    worker.redrives.order('a');
    worker.redrives.epochNow = { number: 2, rulesHash: 'newer' };
    const step = worker.run('redriveChunk', [{ topic: 'logs', operation: 'a' }]);
    await expect(step).rejects.toMatchObject({ type: 'epoch_mismatch', nonRetryable: false });
  });

  test('an order that is gone ends the redrive', async () => {
    const worker = await withLetters(0, []);
    const step = worker.run('redriveChunk', [{ topic: 'logs', operation: 'a' }]);
    await expect(step).rejects.toMatchObject({ type: 'redrive_missing', nonRetryable: true });
  });
});

describe('redrives, replays and failures in any order', () => {
  type Event = 'redrive a' | 'redrive b' | 'replay' | 'replay, mapping as before';
  const events = fc.constantFrom<Event>('redrive a', 'redrive b', 'replay', 'replay, mapping as before');
  const UNAVAILABLE = { code: 'elasticsearch_unavailable', type: '', status: 503 };
  const moods = fc.constantFrom(
    'fine',
    'fine',
    'fine',
    'index down',
    'answer lost',
    'letters down',
    'reject',
    'race',
    'killed',
  );

  test('every offset is a document or an open letter, never both, and the ledger of fates stays', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(events, moods), { maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (plan, count) => {
          const worker = await withLetters(count);
          for (const operation of ['a', 'b']) worker.redrives.order(operation);
          for (const [event, mood] of plan) {
            worker.letters.down = mood === 'letters down';
            let item = 0;
            worker.index.treat = () => {
              item += 1;
              if (mood === 'reject' || event === 'replay, mapping as before') return 'reject';
              if (mood === 'answer lost') return { stored: item % 2 === 1, unsettled: UNAVAILABLE };
              // The worker dies before it has told the letters.
              if (mood === 'killed') worker.letters.down = true;
              return 'store';
            };
            if (mood === 'index down') worker.index.failure = new PipelineError('elasticsearch_unavailable', 'down');
            if (mood === 'race') {
              worker.letters.beforeChange = () => {
                const [id] = worker.letters.letters.keys();
                const { state } = worker.letters.letters.get(id!)!.document;
                // Another pipeline has met the record, or another redrive has taken the letter.
                if (state === 'redriving') worker.letters.alter(id!, {});
              };
            }
            const run = event.startsWith('replay')
              ? worker.run('indexBatch', [{ ref: batchRef(0, count), epoch: EPOCH }])
              : worker.run('redriveChunk', [{ topic: 'logs', operation: event.slice(-1) }]);
            const result = await run.catch((error: unknown) => error);
            if (!(result instanceof ApplicationFailure) && event.startsWith('replay')) {
              expect(result).toMatchObject({ fates: { deadLettered: count, indexed: 0, duplicate: 0 } });
            }
          }
          // Whatever was going on is brought to its end.
          worker.letters.down = false;
          worker.index.failure = undefined;
          worker.index.treat = () => 'reject';
          for (const operation of ['a', 'b']) await redrive(worker, operation);
          for (let offset = 0; offset < count; offset += 1) {
            const { state } = worker.letters.letters.get(idOf(offset))!.document;
            expect(['open', 'redriven', 'resolved']).toContain(state);
            expect([offset, worker.index.documents.has(keyOf(offset))]).toEqual([offset, state !== 'open']);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
