import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import type { PullInput } from '../../src/activities/pull-batch';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { kafkaRecord, PLAIN_LOG } from '../support/records';

const input = (change: Partial<PullInput> = {}): PullInput => ({
  topic: 'logs',
  generation: 1,
  partition: 0,
  from: '0',
  limits: { maxRecords: 10, maxBytes: 1024 * 1024, lingerMs: 0 },
  epoch: EPOCH,
  waitMs: 10_000,
  ...change,
});
const record = kafkaRecord(PLAIN_LOG);
const failure = async (call: Promise<unknown>) => {
  const error = await call.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
};

describe('pullBatch', () => {
  test('records: a reference to them, the queue that holds them, and the batch in the cache', async () => {
    const worker = new MemoryWorker();
    worker.source.append(0, record, undefined, record, undefined);
    const result = await worker.run('pullBatch', [input()]);
    const bytes = 2 * record.value!.length;
    expect(result).toEqual({
      ref: { topic: 'logs', generation: 1, partition: 0, from: '0', to: '4', count: 2, bytes },
      next: '4',
      queue: 'own-queue',
    });
    expect(worker.cache.records(result.ref!)).toHaveLength(2);
    expect(JSON.stringify(result)).not.toContain(PLAIN_LOG.message);
  });

  test('a range without records: no reference, and the next pull starts behind it', async () => {
    const worker = new MemoryWorker();
    worker.source.append(0, undefined, undefined);
    expect(await worker.run('pullBatch', [input({ waitMs: 0 })])).toEqual({ next: '2', queue: 'own-queue' });
    expect(worker.cache.bytes).toBe(0);
  });

  test('nothing within the wait: the next pull starts where this one did', async () => {
    const result = await new MemoryWorker().run('pullBatch', [input({ waitMs: 0 })]);
    expect(result).toEqual({ next: '0', queue: 'own-queue' });
  });

  test('an offset that Kafka has deleted: a halt that names the gap', async () => {
    const worker = new MemoryWorker();
    worker.source.append(0, record, record, record);
    worker.source.deleteBefore(0, 2);
    const error = await failure(worker.run('pullBatch', [input({ from: '1' })]));
    expect(error).toMatchObject({ type: 'offset_out_of_range', nonRetryable: true, details: [{ from: '1', to: '2' }] });
  });

  test('a full cache: cache_full, and nothing is read', async () => {
    const worker = new MemoryWorker({ cacheBytes: 4 * 1024 * 1024 });
    worker.source.append(0, kafkaRecord('x'.repeat(1024 * 1024 + 1)), record);
    await worker.run('pullBatch', [input()]);
    const reads = worker.source.calls.length;
    expect(await failure(worker.run('pullBatch', [input({ from: '1' })]))).toMatchObject({
      type: 'cache_full',
      nonRetryable: false,
    });
    expect(worker.source.calls).toHaveLength(reads);
  });

  test('pulls that wait side by side: the cache takes what it may hold, the other one is cache_full', async () => {
    const worker = new MemoryWorker({ cacheBytes: 3 * 1024 });
    const value = kafkaRecord('x'.repeat(1024));
    const waiting = [0, 1].map((partition) =>
      worker.run('pullBatch', [input({ partition })]).catch((error: unknown) => error),
    );
    worker.source.append(0, value);
    worker.source.append(1, value);
    expect(await Promise.all(waiting)).toEqual([
      expect.objectContaining({ next: '1' }),
      expect.objectContaining({ type: 'cache_full', nonRetryable: false }),
    ]);
    expect(worker.cache.bytes).toBe(1024);
  });

  test('other rules than the epoch’s: epoch_mismatch, tried again in 2 s, and nothing is read', async () => {
    const worker = new MemoryWorker();
    const epoch = { number: 2, rulesHash: 'others' };
    expect(await failure(worker.run('pullBatch', [input({ epoch })]))).toMatchObject({
      type: 'epoch_mismatch',
      nonRetryable: false,
      nextRetryDelay: 2000,
    });
    expect(worker.source.calls).toEqual([]);
  });

  test('cancelled while it waits: it ends as cancelled, and no batch stays behind', async () => {
    const worker = new MemoryWorker();
    const call = worker.run('pullBatch', [input()], { whileRunning: (environment) => environment.cancel() });
    await expect(call).rejects.toBeInstanceOf(CancelledFailure);
    expect(worker.cache.bytes).toBe(0);
  });

  test('it beats while it waits', async () => {
    const worker = new MemoryWorker();
    await worker.run('pullBatch', [input({ waitMs: 3200 })]);
    expect(worker.heartbeats.length).toBeGreaterThanOrEqual(2);
  });

  test.each(['', '-1', '1.5', 'abc', '9007199254740993'])('the offset %j is refused without reading', async (from) => {
    const worker = new MemoryWorker();
    await failure(worker.run('pullBatch', [input({ from })]));
    expect(worker.source.calls).toEqual([]);
  });
});
