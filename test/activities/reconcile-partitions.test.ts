import { CancelledFailure } from '@temporalio/activity';
import type { ReconcileInput } from '../../src/activities/reconcile-partitions';
import { PipelineError } from '../../src/domain/errors';
import { noFates, openLedger } from '../../src/domain/ledger';
import { EPOCH, MemoryWorker } from '../support/activity-run';

const settings = {
  batch: { maxRecords: 1, maxBytes: 1, lingerMs: 0 },
  window: 1,
  continueAsNewBatches: 1,
  commitIntervalMs: 1,
  rulesHash: 'rules',
};
const orders = { revision: 5, paused: true, epoch: EPOCH, settings };
const input = (known: number[] = [], watchMs = 0): ReconcileInput => ({ topic: 'logs', known, orders, watchMs });

describe('reconcilePartitions', () => {
  test('partitions without a workflow are started with the orders, from the mirror or from the earliest offset', async () => {
    const worker = new MemoryWorker();
    worker.topics.ids = [0, 1, 2];
    worker.topics.lows.set(1, 40);
    const progress = { generation: 1, ledger: { ...openLedger('3'), next: '8', indexed: 5 }, epochs: [] };
    const metadata = JSON.stringify({ v: 1, progress, epoch: EPOCH });
    worker.topics.commits.set(2, { offset: '8', metadata });
    expect(await worker.run('reconcilePartitions', [input()])).toEqual({ partitions: [0, 1, 2], started: [0, 1, 2] });
    const [zero, one, two] = [0, 1, 2].map((partition) => worker.starter.running.get(partition));
    expect(zero).toMatchObject({ topic: 'logs', partition: 0, orders });
    expect(zero).not.toHaveProperty('committed');
    expect(one!.progress.ledger).toEqual({ ...noFates(), first: '40', next: '40' });
    expect(two).toMatchObject({ progress, committed: '8' });
  });

  test('every partition runs and is known: it watches until the time is up, and starts nothing', async () => {
    const worker = new MemoryWorker();
    await worker.run('reconcilePartitions', [input()]);
    expect(await worker.run('reconcilePartitions', [input([0])])).toEqual({ partitions: [0], started: [] });
  });

  test('a workflow that is gone is started again', async () => {
    const worker = new MemoryWorker();
    await worker.run('reconcilePartitions', [input()]);
    worker.starter.running.clear();
    expect((await worker.run('reconcilePartitions', [input([0], 60_000)])).started).toEqual([0]);
  });

  test('a partition that was added: it returns at once, and the new one is started', async () => {
    const worker = new MemoryWorker();
    await worker.run('reconcilePartitions', [input()]);
    worker.topics.ids = [0, 1];
    expect(await worker.run('reconcilePartitions', [input([0], 60_000)])).toEqual({ partitions: [0, 1], started: [1] });
  });

  test('no such topic: topic_missing, tried again in 5 s', async () => {
    const worker = new MemoryWorker();
    worker.topics.ids = undefined;
    await expect(worker.run('reconcilePartitions', [input()])).rejects.toMatchObject({
      type: 'topic_missing',
      nonRetryable: false,
      nextRetryDelay: 5000,
    });
  });

  test.each([
    ['an error of the client', new Error('canary'), 'kafka_unavailable'],
    ['an error of ours', new PipelineError('temporal_unavailable', 'x'), 'temporal_unavailable'],
  ])('%s: %s becomes %s, without its words', async (_case, error, type) => {
    const worker = new MemoryWorker();
    worker.topics.failure = error;
    const failure = await worker.run('reconcilePartitions', [input()]).catch((reason: unknown) => reason as Error);
    expect(failure).toMatchObject({ type });
    expect((failure as Error).message).not.toContain('canary');
  });

  test('cancelled while it watches: it ends as cancelled', async () => {
    const worker = new MemoryWorker();
    await worker.run('reconcilePartitions', [input()]);
    const watching = worker.run('reconcilePartitions', [input([0], 60_000)], {
      whileRunning: (environment) => environment.cancel(),
    });
    await expect(watching).rejects.toBeInstanceOf(CancelledFailure);
  });

  test('the worker stops while it watches: worker_draining, so that another one watches on', async () => {
    const worker = new MemoryWorker();
    await worker.run('reconcilePartitions', [input()]);
    const watching = worker.run('reconcilePartitions', [input([0], 60_000)], {
      whileRunning: () => worker.draining.abort(),
    });
    await expect(watching).rejects.toMatchObject({ type: 'worker_draining' });
  });
});
