import fc from 'fast-check';
import { ApplicationFailure } from '@temporalio/activity';
import type { IndexResult } from '../../src/activities/index-batch';
import { countFates, documentsOf, noFates } from '../../src/domain/ledger';
import { EPOCH, type MemoryWorker } from '../support/activity-run';
import { badRecord, exportRequest, otlpRecord } from '../support/export-request';
import type { Treatment } from '../support/memory-index';
import { replayOrder } from '../support/memory-replays';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';
import { audit, holding, KEY, message, redrive } from '../support/several-messages';

const THROTTLED: Treatment = { unsettled: { code: 'elasticsearch_throttled', type: 'es_rejected', status: 429 } };
const isNamed = (source: Record<string, unknown>, word: string) => String(source['message']).includes(word);

/** Takes a step to its end, each attempt going on where the one before failed. */
async function untilDone(worker: MemoryWorker, count: number): Promise<IndexResult> {
  let details: unknown;
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      const attempt = { heartbeatDetails: details, number: tries + 1 };
      return await worker.run('indexBatch', [{ ref: batchRef(0, count), epoch: EPOCH }], attempt);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable) throw error;
      details = error.details![0];
    }
  }
  throw new Error('no end');
}

describe('a message with several log records', () => {
  test('each becomes a document, scored by itself, and the message counts once', async () => {
    const { worker, index } = holding(kafkaRecord(PLAIN_LOG), message(otlpRecord('a'), otlpRecord('b', 'FATAL')));
    expect((await index()).fates).toEqual({ ...noFates(), indexed: 2, moreDocuments: 1 });
    const sources = Object.fromEntries([...worker.index.documents].map(([key, { source }]) => [key.slice(-4), source]));
    expect(sources).toMatchObject({
      '0000': { message: 'ok' },
      '01-0': { message: 'a', anomaly: { score: 0 }, kafka: { offset: 1, part: 0, parts: 2 } },
      '01-1': { message: 'b', anomaly: { score: 60 }, kafka: { offset: 1, part: 1, parts: 2 } },
    });
    expect((await index()).fates).toEqual({ ...noFates(), duplicate: 2, moreDocuments: 1 });
  });

  test('one part is refused: a dead letter that names it, and the good ones stay', async () => {
    const { worker, index } = holding(message(otlpRecord('a'), badRecord(), otlpRecord('b')));
    const result = await index();
    expect(result.fates).toEqual({ ...noFates(), deadLettered: 1, moreDocuments: 2 });
    expect([...worker.index.documents.keys()]).toEqual([`${KEY}-0`, `${KEY}-2`]);
    expect([...worker.letters.letters.values()].map(({ document }) => document)).toMatchObject([
      {
        ...{ state: 'open', parts: 3, kept: 2, documents: 2 },
        refused: [{ part: 1, code: 'too_deep' }],
        reason: { code: 'rejected_parts', detail: expect.stringContaining('1 of 3 log records') as string },
      },
    ]);
    expect(await index()).toMatchObject({ fates: result.fates });
    expect(await audit(worker, result)).toMatchObject({
      verdict: 'clean',
      counts: { letters: 1, documents: 0, moreDocuments: 2 },
    });
  });

  test('all parts are refused: a dead letter and no request', async () => {
    const { worker, index } = holding(message(badRecord(), badRecord()));
    expect((await index()).fates).toEqual({ ...noFates(), deadLettered: 1 });
    expect(worker.index.requests).toEqual([]);
  });

  test('Elasticsearch refuses one: named in the letter; redriven when the mapping is mended, only that one is written', async () => {
    const { worker, index } = holding(message(otlpRecord('a'), otlpRecord('odd'), otlpRecord('b')));
    worker.index.treat = (source) => (isNamed(source, 'odd') ? 'reject' : 'store');
    const result = await index();
    expect(result.fates).toEqual({ ...noFates(), deadLettered: 1, moreDocuments: 2 });
    const again = await redrive(worker, 'a');
    expect(again).toMatchObject({ rejected: 1, redriven: 0 });
    worker.index.treat = () => 'store';
    worker.index.requests.length = 0;
    expect(await redrive(worker, 'b')).toMatchObject({ redriven: 1 });
    expect(worker.index.requests).toEqual([1]);
    expect([...worker.letters.letters.values()][0]!.document).toMatchObject({
      state: 'redriven',
      kept: 2,
      documents: 3,
    });
    const { verdict, sums, counts } = await audit(worker, result);
    expect({ verdict, sums }).toMatchObject({ verdict: 'clean', sums: { documents: { found: 3, booked: 3 } } });
    expect(counts).toMatchObject({ documents: 1, moreDocuments: 2, redriven: 1, added: 1, letters: 0 });
  });

  test('a part is lost: the audit says so, and a repair writes it and nothing else', async () => {
    const records = [message(otlpRecord('a'), otlpRecord('b'), otlpRecord('c')), kafkaRecord(PLAIN_LOG)];
    const { worker, index } = holding(...records);
    const result = await index();
    const kept = worker.index.documents.get(`${KEY}-1`)!;
    worker.index.documents.delete(`${KEY}-1`);
    const lacking = await audit(worker, result);
    expect(lacking).toMatchObject({ verdict: 'differences', counts: { incomplete: 1, missing: 0 } });
    expect(lacking.sums!.documents).toEqual({ found: 3, booked: 4 });
    worker.replays.settled(0, 2);
    const repair = async (id: string) => {
      await worker.replays.create({ order: replayOrder({ id }), status: 'ordered' });
      await worker.run('planReplay', [{ topic: 'logs', id }]);
      return worker.run('replayChunk', [{ topic: 'logs', id, partition: 0, from: '0', to: '2' }]);
    };
    expect((await repair('one')).counts).toMatchObject({ written: 1, present: 1 });
    expect(worker.index.documents.get(`${KEY}-1`)).toEqual(kept);
    expect(await audit(worker, result)).toMatchObject({ verdict: 'clean' });
    expect((await repair('two')).counts).toMatchObject({ written: 0, present: 2 });
  });

  test('edited, it must have as many log records; those that have their document are left as they are', async () => {
    const { worker, index } = holding(message(otlpRecord('a'), badRecord()));
    const result = await index();
    expect(await redrive(worker, 'a', exportRequest([otlpRecord('x')]))).toMatchObject({ rejected: 1 });
    expect(await redrive(worker, 'b', exportRequest([otlpRecord('x'), otlpRecord('y')]))).toMatchObject({
      redriven: 1,
    });
    const sources = [...worker.index.documents.values()].map(({ source }) => [source['message'], source['edited']]);
    expect(sources).toEqual([
      ['a', undefined],
      ['y', true],
    ]);
    expect(await audit(worker, result)).toMatchObject({ verdict: 'clean' });
    expect((await index()).fates).toEqual(result.fates);
  });

  test('a letter of before for several records: redriven, each has its document, and the sums stay true', async () => {
    const { worker, index } = holding(message(badRecord(), badRecord()));
    const result = await index();
    const [letter] = worker.letters.letters.values();
    for (const name of ['parts', 'kept', 'documents', 'refused'] as const) delete letter!.document[name];
    const body = exportRequest([otlpRecord('a'), otlpRecord('b'), otlpRecord('c')]);
    expect(await redrive(worker, 'a', body)).toMatchObject({ redriven: 1 });
    expect(await audit(worker, result)).toMatchObject({
      verdict: 'clean',
      sums: { documents: { found: 3, booked: 3 }, letters: { found: 0, booked: 0 } },
    });
  });

  test('whatever is sent and fails, messages are the sum of their fates and documents that of their parts', async () => {
    const part = fc.constantFrom('good', 'good', 'good', 'odd', 'bad');
    const toRecord = (kind: string, at: number) => (kind === 'bad' ? badRecord() : otlpRecord(`${kind} ${at}`));
    const sent = fc.oneof(
      fc.constantFrom(kafkaRecord(PLAIN_LOG), kafkaRecord('no json'), kafkaRecord(null)),
      fc.array(part, { minLength: 2, maxLength: 6 }).map((parts) => message(...parts.map(toRecord))),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(sent, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 19 })),
        fc.constantFrom(Infinity, 2500),
        async (records, dice, maxRequestBytes) => {
          const { worker } = holding(...records.map((record) => ({ ...record })));
          worker.index.maxRequestBytes = maxRequestBytes;
          const treat = (mended: boolean) => (source: Record<string, unknown>) => {
            const roll = dice.next().value;
            if (roll === 0) return { ...THROTTLED, stored: dice.next().value > 9 };
            return isNamed(source, 'odd') && !mended ? 'reject' : 'store';
          };
          worker.index.treat = treat(false);
          const result = await untilDone(worker, records.length);
          expect(countFates(result.fates)).toBe(records.length);
          const before = await audit(worker, result);
          expect(before).toMatchObject({ verdict: 'clean' });
          expect(worker.index.documents.size).toBe(documentsOf(result.fates));
          worker.index.treat = treat(true);
          await redrive(worker, 'mended');
          const after = await audit(worker, result);
          expect(after).toMatchObject({ verdict: 'clean' });
          expect(after.sums!.documents.found).toBe(worker.index.documents.size);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
