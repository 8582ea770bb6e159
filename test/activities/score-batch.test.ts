import { ApplicationFailure } from '@temporalio/activity';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

const LOGS = [
  kafkaRecord(PLAIN_LOG),
  kafkaRecord({ ...PLAIN_LOG, level: 'fatal' }),
  kafkaRecord('not json'),
  kafkaRecord(null),
  kafkaRecord({ ...PLAIN_LOG, level: 'error', status_code: 500 }),
];
const ref = batchRef(0, LOGS.length);

describe('scoreBatch', () => {
  test('counts what was scored, rejected, filtered and found anomalous', async () => {
    const worker = new MemoryWorker();
    worker.cache.put(
      ref,
      LOGS.map((log, offset) => ({ ...log, offset })),
      100,
    );
    const result = await worker.run('scoreBatch', [{ ref, epoch: EPOCH }]);
    expect(result).toEqual({ scored: 3, rejected: 1, filtered: 1, anomalies: 2 });
    expect(worker.source.calls).toEqual([]);
    expect(worker.index.requests).toEqual([]);
  });

  test('a batch that is not in the cache is read again, exactly its range, and gives the same result', async () => {
    const worker = new MemoryWorker();
    worker.source.append(0, ...LOGS, ...LOGS);
    const result = await worker.run('scoreBatch', [{ ref, epoch: EPOCH }]);
    expect(result).toEqual({ scored: 3, rejected: 1, filtered: 1, anomalies: 2 });
    expect(worker.source.calls).toEqual(['read 0 0-5']);
  });

  test('scored before under this epoch: nothing is read or built anew', async () => {
    const worker = new MemoryWorker();
    worker.source.append(0, ...LOGS);
    await worker.run('scoreBatch', [{ ref, epoch: EPOCH }]);
    const prepared = worker.cache.prepared(ref, 1);
    await worker.run('scoreBatch', [{ ref, epoch: EPOCH }]);
    expect(worker.cache.prepared(ref, 1)).toBe(prepared);
    expect(worker.source.calls).toHaveLength(1);
  });

  test('scored before under another epoch: it is scored anew', async () => {
    const worker = new MemoryWorker();
    worker.source.append(0, ...LOGS);
    await worker.run('scoreBatch', [{ ref, epoch: EPOCH }]);
    await worker.run('scoreBatch', [{ ref, epoch: { ...EPOCH, number: 2 } }]);
    expect(worker.cache.prepared(ref, 2)?.epoch).toBe(2);
    expect(worker.cache.prepared(ref, 1)).toBeUndefined();
  });

  test('other rules than the epoch’s: epoch_mismatch', async () => {
    const call = new MemoryWorker().run('scoreBatch', [{ ref, epoch: { number: 1, rulesHash: 'others' } }]);
    await expect(call).rejects.toMatchObject({ type: 'epoch_mismatch' });
  });

  test('a range that Kafka has deleted: a halt that names the gap', async () => {
    const worker = new MemoryWorker();
    worker.source.append(0, ...LOGS);
    worker.source.deleteBefore(0, 2);
    const error = await worker.run('scoreBatch', [{ ref, epoch: EPOCH }]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ type: 'offset_out_of_range', nonRetryable: true, details: [{ from: '0', to: '2' }] });
  });
});
