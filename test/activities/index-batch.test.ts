import fc from 'fast-check';
import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import type { IndexResult } from '../../src/activities/index-batch';
import type { SettlementState } from '../../src/activities/settlement';
import { countFates } from '../../src/domain/ledger';
import type { KafkaRecord } from '../../src/domain/record';
import { PipelineError } from '../../src/domain/errors';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import type { Treatment } from '../support/memory-index';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

const THROTTLED: Treatment = { unsettled: { code: 'elasticsearch_throttled', type: 'es_rejected', status: 429 } };
const log = (message: string) => kafkaRecord({ ...PLAIN_LOG, message });
const logs = (count: number, message = 'log') => Array.from({ length: count }, (_, i) => log(`${message} ${i}`));

/** A worker whose partition 0 holds these records, undefined where an offset has none, and its one batch. */
function holding(records: (KafkaRecord | undefined)[]) {
  const worker = new MemoryWorker();
  worker.source.append(0, ...records);
  const ref = batchRef(0, records.length);
  const attempt = (details: { heartbeatDetails?: unknown; settled?: SettlementState; number?: number } = {}) =>
    worker.run('indexBatch', [{ ref, epoch: EPOCH, settled: details.settled }], details);
  const failure = async (details: { heartbeatDetails?: unknown; settled?: SettlementState } = {}) => {
    const error = await attempt(details).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApplicationFailure);
    return error as ApplicationFailure;
  };
  return { worker, ref, attempt, failure };
}

describe('indexBatch', () => {
  test.each([
    ['before anything is settled', undefined],
    ['after an attempt that settled some', { count: 3, settled: 'AQ==', indexed: 1, duplicate: 0, deadLettered: 0 }],
  ])('a range that Kafka has deleted, %s: a halt with the settlement and the gap', async (_when, settled) => {
    const { worker, failure } = holding(logs(3));
    worker.source.deleteBefore(0, 3);
    const error = await failure(settled ? { settled } : {});
    expect(error).toMatchObject({ type: 'offset_out_of_range', nonRetryable: true });
    expect(error.details).toEqual([settled ?? null, { from: '0', to: '3' }]);
  });

  test('gives every offset of the range its fate, and lets the batch go', async () => {
    const { worker, attempt } = holding([log('a'), undefined, kafkaRecord('not json'), kafkaRecord(null), log('b')]);
    expect(await attempt()).toEqual({
      fates: { indexed: 2, duplicate: 0, deadLettered: 1, filtered: 1, lostUpstream: 0, void: 1 },
      slowestMs: expect.any(Number),
    });
    expect([...worker.index.documents.keys()]).toEqual([
      'logs-2026.11.24/01-0000-0000000000000000',
      'logs-2026.11.24/01-0000-0000000000000004',
    ]);
    expect([...worker.deadLetters.letters.values()]).toMatchObject([
      { topic: 'logs', generation: 1, partition: 0, record: { offset: 2 }, rejection: { code: 'invalid_json' } },
    ]);
    expect(worker.cache.bytes).toBe(0);
  });

  test('bodies of which every request was answered are given back', async () => {
    const { worker, attempt } = holding(logs(3));
    await attempt();
    expect(worker.index.givenBack.map(({ offsets }) => offsets)).toEqual([[0, 1, 2]]);
  });

  test('bodies of an attempt that failed, and of those behind it, are not: a request may still be on its way', async () => {
    const { worker, attempt, failure } = holding(logs(3));
    worker.index.failure = new PipelineError('elasticsearch_unavailable', 'no answer');
    await failure();
    await attempt({ number: 2 });
    expect(worker.index.documents.size).toBe(3);
    expect(worker.index.givenBack).toEqual([]);
  });

  test('two attempts that write the same bodies side by side: neither gives back what the other one reads', async () => {
    const { worker, ref, attempt } = holding(logs(3));
    await worker.run('scoreBatch', [{ ref, epoch: EPOCH }]);
    const both = await Promise.all([attempt(), attempt()]);
    const counted = both.map(({ fates }) => fates.indexed + fates.duplicate);
    expect(counted).toEqual([3, 3]);
    expect(worker.index.givenBack).toEqual([]);
  });

  test.each([
    [4, 1000],
    [1, 100],
  ])(
    '%d records and a limit of %d bytes for a request: bodies that were too large are not given back',
    async (count, limit) => {
      const { worker, attempt } = holding(logs(count));
      worker.index.maxRequestBytes = limit;
      expect(await attempt()).toMatchObject({ fates: { indexed: count > 1 ? count : 0 } });
      expect(worker.index.givenBack).toEqual([]);
    },
  );

  test.each([
    ['many old ones', 5000, 60_000, ['logs-2026.11.24']],
    ['many that are fresh', 5000, 0, []],
    ['a few old ones', 100, 60_000, []],
  ])('%s: whether the index may be refreshed less often', async (_what, count, ageMs, relaxed) => {
    const [, first] = logs(2);
    const { worker, attempt } = holding(Array.from({ length: count }, () => first));
    jest.spyOn(Date, 'now').mockReturnValue(first!.timestamp + ageMs);
    await attempt();
    jest.restoreAllMocks();
    expect([...worker.relaxed]).toEqual(relaxed);
  });

  test('a batch of records that are all bad: all dead-lettered, no request', async () => {
    const { worker, attempt } = holding([kafkaRecord('x'), kafkaRecord('')]);
    expect((await attempt()).fates).toMatchObject({ deadLettered: 2, indexed: 0 });
    expect(worker.index.requests).toEqual([]);
  });

  test('the whole batch again after its success: all duplicates, and the sum is the same', async () => {
    const { attempt } = holding(logs(5));
    await attempt();
    expect((await attempt()).fates).toMatchObject({ indexed: 0, duplicate: 5 });
  });

  test.each([
    ['its heartbeat', (details: unknown) => ({ heartbeatDetails: details })],
    ['the workflow', (details: unknown) => ({ settled: details as SettlementState })],
  ])(
    'some records not accepted: the next attempt, told by %s, sends only those and counts each once',
    async (_by, tell) => {
      const { worker, attempt, failure } = holding(logs(10));
      worker.index.treat = ({ message }) => (message === 'log 3' || message === 'log 7' ? THROTTLED : 'store');
      const error = await failure();
      expect(error).toMatchObject({ type: 'elasticsearch_throttled', nonRetryable: false });
      expect(error.details?.[0]).toEqual(worker.heartbeats.at(-1));
      worker.index.treat = () => 'store';
      const { fates } = await attempt(tell(error.details?.[0]));
      expect(worker.index.requests).toEqual([10, 2]);
      expect(fates).toMatchObject({ indexed: 10, duplicate: 0 });
    },
  );

  test('an attempt that failed with nothing new keeps what an earlier one had settled', async () => {
    const { worker, failure } = holding(logs(4));
    worker.index.treat = ({ message }) => (message === 'log 0' ? 'store' : THROTTLED);
    const first = await failure();
    worker.source.failure = new PipelineError('kafka_unavailable', 'down');
    worker.cache.release(batchRef(0, 4));
    await failure({ heartbeatDetails: first.details?.[0] });
    expect(worker.heartbeats.at(-1)).toEqual(first.details?.[0]);
  });

  test('the request failed as a whole: nothing is settled, and the code is told', async () => {
    const { worker, failure } = holding(logs(3));
    worker.index.failure = new PipelineError('elasticsearch_unavailable', 'down');
    const error = await failure();
    expect(error).toMatchObject({ type: 'elasticsearch_unavailable', nonRetryable: false });
    expect(error.details?.[0]).toMatchObject({ count: 3, indexed: 0 });
    expect(worker.deadLetters.written).toBe(0);
  });

  test('another record under an id: a halt', async () => {
    const { worker, failure } = holding(logs(1));
    worker.index.failure = new PipelineError('foreign_document', 'other');
    expect(await failure()).toMatchObject({ type: 'foreign_document', nonRetryable: true });
  });

  /** Records of so many days, two each: each day has an index, so a request, of its own. */
  const days = (count: number) =>
    Array.from({ length: count }, (_, day) =>
      logs(2, `day ${day}`).map((one) => ({ ...one, timestamp: one.timestamp + day * 86_400_000 })),
    ).flat();

  test('a cancellation ends it as cancelled: nothing more is sent', async () => {
    const { worker, ref } = holding(days(4));
    const call = worker.run('indexBatch', [{ ref, epoch: EPOCH }], {
      whileRunning: (environment) => {
        worker.index.treat = () => (environment.cancel(), 'store');
      },
    });
    await expect(call).rejects.toBeInstanceOf(CancelledFailure);
    expect(worker.index.requests).toEqual([2]);
  });

  test('a request that fails beside another: what that one brings is settled, and no further one is sent', async () => {
    const { worker, attempt, failure } = holding(days(5));
    worker.index.treat = ({ message }) => (message === 'day 0 1' ? THROTTLED : 'store');
    const error = await failure();
    expect(error).toMatchObject({ type: 'elasticsearch_throttled' });
    expect(worker.index.requests).toEqual([2, 2]);
    expect(error.details?.[0]).toMatchObject({ count: 10, indexed: 3 });
    worker.index.treat = () => 'store';
    const settled = error.details?.[0] as SettlementState;
    expect((await attempt({ settled })).fates).toMatchObject({ indexed: 10, duplicate: 0 });
    expect(worker.index.requests).toEqual([2, 2, 1, 2, 2, 2]);
  });

  test('a batch alone has two requests under way, and one where four of its topic are under way already', async () => {
    const batches = 4;
    const worker = new MemoryWorker();
    const underWay = new Map<number, number>();
    const most = new Map<number, number>();
    const write = worker.index.write.bind(worker.index);
    worker.index.write = async (part, ref, ...rest) => {
      const now = (underWay.get(ref.partition) ?? 0) + 1;
      underWay.set(ref.partition, now);
      most.set(ref.partition, Math.max(now, most.get(ref.partition) ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay.set(ref.partition, underWay.get(ref.partition)! - 1);
      return write(part, ref, ...rest);
    };
    const indexed = await Promise.all(
      Array.from({ length: batches }, async (_, partition) => {
        worker.source.append(partition, ...days(6));
        const input = { ref: batchRef(0, 12, { partition }), epoch: EPOCH };
        return (await worker.run('indexBatch', [input])).fates.indexed;
      }),
    );
    expect(indexed).toEqual([12, 12, 12, 12]);
    expect([...most.values()]).toEqual([2, 2, 1, 1]);
  });

  test('records that are refused by requests side by side: letters in the order of their offsets', async () => {
    const { worker, attempt } = holding(days(4));
    worker.index.treat = ({ message }) => (String(message).endsWith(' 1') ? 'reject' : 'store');
    expect((await attempt()).fates).toMatchObject({ indexed: 4, deadLettered: 4 });
    expect([...worker.deadLetters.letters.values()].map(({ record }) => record.offset)).toEqual([1, 3, 5, 7]);
  });
});

describe('indexBatch, records that the mapping refuses', () => {
  const refuse = (worker: MemoryWorker, from: number) => {
    worker.index.treat = ({ message }) => (Number(String(message).split(' ')[1]) >= from ? 'reject' : 'store');
  };

  test('a few: dead letters with the server’s words, the rest indexed', async () => {
    const { worker, attempt } = holding(logs(10));
    refuse(worker, 8);
    expect((await attempt()).fates).toMatchObject({ indexed: 8, deadLettered: 2 });
    const [letter] = worker.deadLetters.letters.values();
    expect(letter!.rejection).toEqual({
      code: 'mapping_rejected',
      field: '',
      detail: 'document_parsing_exception: refused',
    });
  });

  test.each([
    ['49 of 60', 60, 49, false],
    ['50 of 100, exactly half', 100, 50, false],
    ['51 of 100', 100, 51, true],
    ['50 of 50', 50, 50, true],
  ])('%s: halts %p', async (_case, count, refused, halts) => {
    const { worker, attempt } = holding(logs(count));
    refuse(worker, count - refused);
    const result = await attempt().catch((error: ApplicationFailure) => error);
    if (halts) {
      expect(result).toMatchObject({ type: 'mapping_rejects_batch', nonRetryable: true });
      expect(worker.deadLetters.written).toBe(0);
    } else {
      expect((result as IndexResult).fates).toMatchObject({ deadLettered: refused, indexed: count - refused });
    }
  });

  /** Half of the records of one day, half of the next. */
  const overTwoDays = (count: number) =>
    logs(count).map((one, i) => ({ ...one, timestamp: one.timestamp + (i < count / 2 ? 0 : 86_400_000) }));

  test.each([
    ['25 and 25 of 100', 50, false],
    ['26 and 25 of 100', 51, true],
  ])('spread over two indices, %s: judged together, halts %p', async (_case, refused, halts) => {
    const { worker, attempt } = holding(overTwoDays(100));
    worker.index.treat = ({ message }) =>
      Number(String(message).split(' ')[1]) % 50 < refused / 2 ? 'reject' : 'store';
    const result = await attempt().catch((error: ApplicationFailure) => error);
    if (halts) expect(result).toMatchObject({ type: 'mapping_rejects_batch', nonRetryable: true });
    else expect((result as IndexResult).fates).toMatchObject({ deadLettered: refused, indexed: 100 - refused });
    expect(worker.deadLetters.written).toBe(halts ? 0 : refused);
  });

  test.each([
    [50, false],
    [51, true],
  ])('over requests that were split, %i of 100: judged together, halts %p', async (refused, halts) => {
    const { worker, attempt } = holding(logs(100));
    worker.index.maxRequestBytes = 4000;
    refuse(worker, 100 - refused);
    const result = await attempt().catch((error: ApplicationFailure) => error);
    expect(worker.index.requests.length).toBeGreaterThan(4);
    if (halts) expect(result).toMatchObject({ type: 'mapping_rejects_batch', nonRetryable: true });
    else expect((result as IndexResult).fates).toMatchObject({ deadLettered: refused, indexed: 100 - refused });
  });

  test('records too large for any request are no fault of the mapping', async () => {
    const { worker, attempt } = holding(logs(60, 'x'.repeat(3000)));
    worker.index.maxRequestBytes = 2000;
    expect((await attempt()).fates).toMatchObject({ deadLettered: 60, indexed: 0 });
  });

  test('dead letters that cannot be written: a failure, nothing is counted, and the next attempt writes them', async () => {
    const { worker, attempt, failure } = holding([kafkaRecord('bad'), ...logs(3)]);
    refuse(worker, 2);
    worker.deadLetters.down = true;
    const error = await failure();
    expect(error).toMatchObject({ type: 'dead_letters_unavailable', nonRetryable: false });
    expect(error.details?.[0]).toMatchObject({ deadLettered: 0 });
    worker.deadLetters.down = false;
    expect((await attempt({ heartbeatDetails: error.details?.[0] })).fates).toMatchObject({
      indexed: 2,
      deadLettered: 2,
    });
    expect(worker.deadLetters.letters.size).toBe(2);
  });
});

describe('indexBatch, where letters and documents are there already', () => {
  const bad = kafkaRecord('not json');
  /** The mapping refuses this log, until `mend`. */
  const refuse = (worker: MemoryWorker, message: string) => {
    worker.index.treat = (source) => (source['message'] === message ? 'reject' : 'store');
    return () => (worker.index.treat = () => 'store');
  };

  test('the batch again: the same letters, none written anew, and the same fates', async () => {
    const { worker, attempt } = holding([bad, ...logs(3)]);
    refuse(worker, 'log 1');
    const first = await attempt();
    worker.letters.alter('01-0000-0000000000000000', { attempts: 7 });
    const again = await attempt();
    expect(again.fates).toMatchObject({ deadLettered: first.fates.deadLettered, duplicate: 2 });
    expect(worker.deadLetters.written).toBe(2);
    expect(worker.letters.letters.get('01-0000-0000000000000000')!.document.attempts).toBe(7);
  });

  test('a record that has a document is never dead-lettered', async () => {
    const { worker, attempt } = holding(logs(3));
    await attempt();
    refuse(worker, 'log 1');
    expect((await attempt()).fates).toMatchObject({ duplicate: 3, deadLettered: 0 });
    expect(worker.letters.letters.size + worker.deadLetters.written).toBe(0);
  });

  test('a refused record that is taken later: its letter is resolved, its fate stays the first one', async () => {
    const { worker, attempt } = holding(logs(3));
    const mend = refuse(worker, 'log 1');
    await attempt();
    expect(worker.letters.states).toEqual({ 1: 'open' });
    mend();
    expect((await attempt()).fates).toMatchObject({ duplicate: 2, deadLettered: 1 });
    expect(worker.letters.states).toEqual({ 1: 'resolved' });
    expect(worker.index.documents.size).toBe(3);
  });

  test('the same while the letter is being redriven: it stays so, and has changed', async () => {
    const { worker, attempt } = holding(logs(2));
    const mend = refuse(worker, 'log 1');
    await attempt();
    const id = '01-0000-0000000000000001';
    worker.letters.alter(id, { state: 'redriving', operation: 'other' });
    const { seqNo } = worker.letters.letters.get(id)!;
    mend();
    expect((await attempt()).fates).toMatchObject({ duplicate: 1, deadLettered: 1 });
    expect(worker.letters.letters.get(id)).toMatchObject({ document: { state: 'redriving' } });
    expect(worker.letters.letters.get(id)!.seqNo).toBeGreaterThan(seqNo);
  });

  test('an edited document is not written over, under whatever epoch', async () => {
    const { worker, ref, attempt } = holding(logs(2));
    const mend = refuse(worker, 'log 1');
    await attempt();
    const id = '01-0000-0000000000000001';
    worker.letters.alter(id, { state: 'redriven', edited: true });
    worker.index.documents.set(`logs-2026.11.24/${id}`, { version: 1, source: { edited: true, message: 'better' } });
    mend();
    const { fates } = await worker.run('indexBatch', [{ ref, epoch: { ...EPOCH, number: 2 } }]);
    expect(fates).toMatchObject({ indexed: 1, deadLettered: 1 });
    expect(worker.index.documents.get(`logs-2026.11.24/${id}`)!.source['message']).toBe('better');
  });

  test('an answer that is not known: tried again, and a halt when it comes ten times in a row', async () => {
    const { worker, ref } = holding(logs(3));
    worker.index.treat = () => ({ unsettled: { code: 'bulk_unknown_error', type: 'strange', status: 400 } });
    const codes: (string | null | undefined)[] = [];
    let heartbeatDetails: unknown;
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      const error: unknown = await worker
        .run('indexBatch', [{ ref, epoch: EPOCH, lost: 0 }], { heartbeatDetails, number: attempt })
        .catch((reason: unknown) => reason);
      const { type, nonRetryable } = error as ApplicationFailure;
      codes.push(type);
      expect(nonRetryable).toBe(attempt === 10);
      heartbeatDetails = worker.heartbeats.at(-1);
    }
    expect(codes).toEqual([...Array.from({ length: 9 }, () => 'bulk_unknown_error'), 'bulk_error_persists']);
  });

  test('the letter index is down: a failure, nothing is counted, and the next attempt goes on', async () => {
    const { worker, attempt, failure } = holding([bad, log('a')]);
    worker.letters.down = true;
    expect(await failure()).toMatchObject({ type: 'elasticsearch_unavailable', nonRetryable: false });
    expect(worker.index.documents.size).toBe(0);
    worker.letters.down = false;
    expect((await attempt()).fates).toMatchObject({ indexed: 1, deadLettered: 1 });
    expect(worker.letters.states).toEqual({ 0: 'open' });
  });
});

describe('indexBatch, requests that are too large', () => {
  test.each([
    [1, [1800]],
    [2, [900, 900]],
    [3, [600, 600, 600]],
    [60, [600, 600, 600]],
  ])(
    'are smaller with each attempt, so that a slow server settles piece by piece: attempt %d',
    async (number, sizes) => {
      const { worker, attempt } = holding(logs(1800));
      expect((await attempt({ number })).fates.indexed).toBe(1800);
      expect(worker.index.requests).toEqual(sizes);
    },
  );

  test('are halved until they fit, and every record is indexed once', async () => {
    const { worker, attempt } = holding(logs(10));
    worker.index.maxRequestBytes = 1500;
    expect((await attempt()).fates).toMatchObject({ indexed: 10, deadLettered: 0, duplicate: 0 });
    expect(worker.index.requests.length).toBeGreaterThan(1);
    expect(worker.index.documents.size).toBe(10);
  });

  test('one record that fits nowhere becomes a dead letter, the others are indexed', async () => {
    const { worker, attempt } = holding([...logs(3), log('x'.repeat(5000)), ...logs(3)]);
    worker.index.maxRequestBytes = 2000;
    expect((await attempt()).fates).toMatchObject({ indexed: 6, deadLettered: 1 });
    const [letter] = worker.deadLetters.letters.values();
    expect(letter).toMatchObject({ record: { offset: 3 }, rejection: { code: 'too_large' } });
  });
});

describe('indexBatch, against an index that does anything at any time', () => {
  const kinds = fc.constantFrom('good', 'bad', 'tombstone', 'gap');
  const moods = fc.constantFrom<Treatment | 'down' | 'letters down'>(
    'store',
    'store',
    'store',
    'reject',
    THROTTLED,
    'down',
    'letters down',
  );

  test('the fates of a batch sum to its range, and each record is where its fate says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds, { minLength: 1, maxLength: 40 }),
        fc.array(moods, { maxLength: 60 }),
        fc.boolean(),
        async (shape, plan, small) => {
          const records = shape.map((kind, i) => {
            if (kind === 'gap') return undefined;
            return kind === 'good' ? log(`log ${i}`) : kafkaRecord(kind === 'bad' ? 'bad' : null);
          });
          const { worker, attempt } = holding(records);
          if (small) worker.index.maxRequestBytes = 3000;
          const next = () => plan.shift() ?? 'store';
          worker.index.treat = () => {
            const mood = next();
            return mood === 'down' || mood === 'letters down' ? THROTTLED : mood;
          };
          let details: unknown;
          let result: IndexResult | undefined;
          for (let tries = 0; !result && tries < 200; tries += 1) {
            const mood = next();
            worker.deadLetters.down = mood === 'letters down';
            if (mood === 'down') worker.index.failure = new PipelineError('elasticsearch_unavailable', 'down');
            result = await attempt({ heartbeatDetails: details }).catch((error: ApplicationFailure) => {
              // Of two ways to tell, heartbeat and failure, both say the same.
              expect(worker.heartbeats.at(-1)).toEqual(error.details?.[0]);
              details = error.details?.[0];
              return undefined;
            });
          }
          const { fates } = result!;
          const count = (kind: string) => shape.filter((one) => one === kind).length;
          expect(countFates(fates)).toBe(shape.length);
          expect(fates.void).toBe(count('gap'));
          expect(fates.filtered).toBe(count('tombstone'));
          expect(fates.indexed + fates.duplicate).toBe(worker.index.documents.size);
          expect(fates.deadLettered).toBe(worker.deadLetters.letters.size);
          expect(fates.deadLettered).toBe(worker.letters.letters.size);
          expect(fates.duplicate).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
