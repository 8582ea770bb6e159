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

  test('a workflow that was ended holds what its last run had noted, unless its commit knows of newer orders', async () => {
    const worker = new MemoryWorker();
    worker.topics.ids = [0, 1, 2];
    const pause = (reason: string) => ({ kind: 'pause' as const, since: '1', reason });
    const progress = { generation: 1, ledger: openLedger('0'), epochs: [] };
    const commit = (revision: number, reason: string) => {
      const holds = { revision, own: pause(reason) };
      return { offset: '0', metadata: JSON.stringify({ v: 1, progress, epoch: EPOCH, holds }) };
    };
    worker.starter.ended.set(0, { running: false, holds: { revision: 5, own: pause('noted'), topic: pause('all') } });
    worker.starter.ended.set(1, { running: false, holds: { revision: 5 } });
    worker.topics.commits.set(1, commit(5, 'taken back since'));
    worker.starter.ended.set(2, { running: false, holds: { revision: 5 } });
    worker.topics.commits.set(2, commit(6, 'newer'));
    await worker.run('reconcilePartitions', [input()]);
    const held = [0, 1, 2].map((partition) => worker.starter.running.get(partition)!);
    expect(held[0]).toMatchObject({ ownHold: { reason: 'noted' }, topicHold: { reason: 'all' } });
    expect(held[1]!.ownHold).toBeUndefined();
    expect(held[2]).toMatchObject({ ownHold: { reason: 'newer' } });
  });

  test('a partition that was added: it returns at once, and the new one is started', async () => {
    const worker = new MemoryWorker();
    await worker.run('reconcilePartitions', [input()]);
    worker.topics.ids = [0, 1];
    expect(await worker.run('reconcilePartitions', [input([0], 60_000)])).toEqual({ partitions: [0, 1], started: [1] });
  });

  test('the topic was created anew and a workflow is gone: it is started halted, those with a commit go on', async () => {
    const worker = new MemoryWorker();
    worker.topics.ids = [0, 1];
    worker.topics.topicId = 'A';
    expect(await worker.run('reconcilePartitions', [input()])).toMatchObject({ topicId: 'A' });
    expect(worker.starter.running.get(0)!.progress).toMatchObject({ generation: 1, topicId: 'A' });
    worker.topics.topicId = 'B';
    worker.starter.running.clear();
    const bound = { ...input([0, 1]), topicId: 'A' };
    expect(await worker.run('reconcilePartitions', [bound])).toMatchObject({ topicId: 'A', started: [0, 1] });
    const halted = worker.starter.running.get(0)!;
    expect(halted.failure).toMatchObject({ code: 'topic_recreated' });
    expect(halted.progress).not.toHaveProperty('topicId');
    // A commit of the workflow that met its end meanwhile carries the old id: that is no decision either.
    const progress = { generation: 1, topicId: 'A', ledger: openLedger('3'), epochs: [] };
    const commit = (change: object) => ({
      offset: '3',
      metadata: JSON.stringify({ v: 1, progress: { ...progress, ...change }, epoch: EPOCH }),
    });
    worker.topics.commits.set(0, commit({}));
    expect(await worker.run('reconcilePartitions', [bound])).toMatchObject({ topicId: 'A' });
    // Somebody has decided, and partition 0 has gone on since: what is new belongs to that generation.
    worker.topics.commits.set(0, commit({ topicId: 'B', generation: 2 }));
    worker.starter.running.clear();
    expect(await worker.run('reconcilePartitions', [bound])).toMatchObject({ topicId: 'B' });
    expect(worker.starter.running.get(0)!.progress).toMatchObject({ generation: 2, topicId: 'B' });
    expect(worker.starter.running.get(1)).toMatchObject({ progress: { generation: 2, topicId: 'B' } });
    expect(worker.starter.running.get(1)).not.toHaveProperty('failure');
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
