import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { observeBulks, withStages } from '../../src/activities/observer';
import { PipelineError } from '../../src/domain/errors';
import { recordBytes } from '../../src/domain/record';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { MemoryObserver } from '../support/memory-observer';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

const CANARY = 'canary-9f3';
const log = (message: string) => kafkaRecord({ ...PLAIN_LOG, message });
const limits = { maxRecords: 10, maxBytes: 1_000_000, lingerMs: 0 };
const pullOf = (from: string) => ({
  topic: 'logs',
  generation: 1,
  partition: 0,
  from,
  limits,
  epoch: EPOCH,
  waitMs: 0,
});

describe('whoever watches the batches', () => {
  it('is told of each stage once, of each fate with its bytes, and how old the oldest record is', async () => {
    const worker = new MemoryWorker();
    const [good, bad, gone] = [log('a'), kafkaRecord('not json'), kafkaRecord(null)];
    worker.source.append(0, good, bad, undefined, gone);
    const { ref } = await worker.run('pullBatch', [pullOf('0')]);
    await worker.run('scoreBatch', [{ ref: ref!, epoch: EPOCH }]);
    await worker.run('indexBatch', [{ ref: ref!, epoch: EPOCH }]);
    const { observed } = worker;
    expect(observed.told).toEqual(['pull ok', 'score ok', 'batch ok', 'index ok']);
    expect(observed.stages[0]).toMatchObject({ ref, epoch: 1 });
    expect(observed.stages.every(({ startedAt, endedAt }) => endedAt >= startedAt)).toBe(true);
    expect(observed.tallies).toEqual({
      indexed: { records: 1, bytes: recordBytes(good) },
      duplicate: { records: 0, bytes: 0 },
      deadLettered: { records: 1, bytes: recordBytes(bad) },
      filtered: { records: 1, bytes: recordBytes(gone) },
      void: { records: 1, bytes: 0 },
    });
    expect(observed.ages).toHaveLength(1);
    expect(worker.cache.found).toEqual({ prepared: 1, records: 1, nothing: 0 });
  });

  it('counts a record once over the attempts of its batch, and each failure by its code', async () => {
    const worker = new MemoryWorker();
    const records = Array.from({ length: 6 }, (_, at) => log(`log ${at}`));
    worker.source.append(0, ...records);
    const ref = batchRef(0, 6);
    worker.index.treat = ({ message }) =>
      message === 'log 5' ? { unsettled: { code: 'elasticsearch_throttled', type: 'x', status: 429 } } : 'store';
    const run = (details: object) => worker.run('indexBatch', [{ ref, epoch: EPOCH }], details);
    await expect(run({})).rejects.toMatchObject({ type: 'elasticsearch_throttled' });
    expect(worker.observed.tallies.indexed?.records).toBe(5);
    worker.index.treat = () => 'store';
    await run({ heartbeatDetails: worker.heartbeats.at(-1) });
    expect(worker.observed.tallies.indexed).toEqual({
      records: 6,
      bytes: records.reduce((sum, record) => sum + recordBytes(record), 0),
    });
    expect(worker.observed.failures).toEqual([{ step: 'indexBatch', code: 'elasticsearch_throttled' }]);
    expect(worker.observed.told).toEqual(['index elasticsearch_throttled', 'batch ok', 'index ok']);
    expect(worker.cache.found).toMatchObject({ nothing: 1 });
  });

  it('is told of bulk requests: whole ones that failed, and those of which a part was not taken', async () => {
    const observer = new MemoryObserver();
    const outcomes = [
      async () => ({ indexed: [0], duplicate: [], rejected: [], unsettled: [] }),
      async () => ({
        indexed: [],
        duplicate: [],
        rejected: [],
        unsettled: [0],
        failure: { code: 'elasticsearch_throttled', type: '', status: 429 },
      }),
      () => Promise.reject(new PipelineError('elasticsearch_unavailable', 'down')),
    ];
    const index = { ...new MemoryWorker().index, write: () => outcomes.shift()!() } as never;
    const part = { index: 'logs-2026.01.02', offsets: [7, 8] };
    const seen = observeBulks(index, withStages(observer, new MemoryObserver()));
    const write = () => seen.write(part as never, batchRef(0, 1), 1, undefined, new AbortController().signal);
    await write();
    await write();
    await expect(write()).rejects.toThrow('down');
    expect(observer.told).toEqual(['bulk ok', 'bulk elasticsearch_throttled', 'bulk elasticsearch_unavailable']);
    expect(observer.stages.map(({ sent }) => sent)).toEqual(Array(3).fill({ index: 'logs-2026.01.02', items: 2 }));
  });
});

describe('the log lines of steps', () => {
  function logged() {
    const stream = new PassThrough();
    const lines = () =>
      String(stream.read() ?? '')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { logger: pino({ level: 'debug' }, stream), lines };
  }

  it('say topic, partition and range, and nothing of a record', async () => {
    const { logger, lines } = logged();
    const worker = new MemoryWorker({ logger });
    worker.source.append(0, log(CANARY));
    const ref = batchRef(0, 1);
    await worker.run('indexBatch', [{ ref, epoch: EPOCH }]);
    worker.source.deleteBefore(0, 1);
    await expect(worker.run('indexBatch', [{ ref, epoch: EPOCH }])).rejects.toMatchObject({
      type: 'offset_out_of_range',
    });
    const found = lines();
    const range = { topic: 'logs', partition: 0, from: '0', to: '1' };
    expect(found).toMatchObject([
      { ...range, records: 1, level: 20, msg: 'batch has its fates' },
      { ...range, step: 'indexBatch', code: 'offset_out_of_range', attempt: 1, level: 40 },
    ]);
    expect(JSON.stringify(found)).not.toContain(CANARY);
  });
});
