import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { imbalance } from '../../src/domain/ledger';
import { QUERIES, SIGNALS, WORKFLOW_TYPES, type PartitionState } from '../../src/workflows/contract';
import { FakeSteps } from '../support/fake-steps';
import { waitFor } from '../support/wait-for';
import { partitionInput, settings, withWorkers } from '../support/workflow-environment';

/** On the real server: the time-skipping one stops answering queries after some hops. */
describe('ingestPartition on the real Temporal server', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    const address = process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!;
    environment = await TestWorkflowEnvironment.createFromExistingServer({ address });
  });
  afterAll(() => environment.teardown());

  test('continues as new with its whole state under a flood of signals, and loses none', async () => {
    const steps = new FakeSteps(2000);
    const orders = { ...partitionInput().orders, settings: { ...settings, continueAsNewBatches: 2 } };
    await withWorkers(environment, steps.activities, [steps.queues.shared, steps.queues.own], async () => {
      const { workflowId, firstExecutionRunId } = await environment.client.workflow.start(WORKFLOW_TYPES.partition, {
        workflowId: `ingest/logs/${randomUUID()}`,
        taskQueue: steps.queues.shared,
        args: [partitionInput({ orders })],
      });
      const handle = environment.client.workflow.getHandle(workflowId);
      const state = () => handle.query<PartitionState>(QUERIES.state);
      for (let i = 0; i < 1000; i += 20) {
        const some = Array.from({ length: 20 }, (_, k) => i + k);
        await Promise.all(some.map((k) => handle.signal(SIGNALS.pause, { reason: `pause ${k}` })));
        await Promise.all(some.map(() => handle.signal(SIGNALS.resume)));
      }
      const { ledger, failure } = await waitFor(async () => {
        const now = await state();
        return now.ledger.next === '2000' && now;
      }, 90_000);
      expect(failure).toBeUndefined();
      expect((await state()).messages).toMatchObject({ received: 2000, duplicates: 0, ignored: 0 });
      expect(ledger.indexed).toBe(2000);
      expect(imbalance(ledger)).toBe(0);
      expect((await handle.describe()).runId).not.toBe(firstExecutionRunId);
      await handle.signal(SIGNALS.pause, { reason: 'the last one' });
      const paused = await waitFor(async () => {
        const now = await state();
        return now.status === 'paused' && now;
      });
      expect(paused.pause).toEqual({ reason: 'the last one' });
      await handle.terminate();
    });
  }, 180_000);

  test('a pause and a resume that arrive together with what was pulled: it goes on', async () => {
    const steps = new FakeSteps(300);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let isPulling = false;
    steps.before.pull = async ({ from }) => {
      if (from !== '100') return;
      isPulling = true;
      await released;
    };
    const { workflow } = environment.client;
    const handle = await workflow.start(WORKFLOW_TYPES.partition, {
      workflowId: `ingest/logs/${randomUUID()}`,
      taskQueue: steps.queues.shared,
      args: [partitionInput()],
    });
    const events = async () => (await handle.fetchHistory()).events ?? [];
    const completed = async () =>
      (await events()).filter(({ activityTaskCompletedEventAttributes: done }) => done != null).length;
    // The second pull is on the queue of the worker that holds the partition: that one stays when the workflows' worker goes.
    await withWorkers(environment, steps.activities, [steps.queues.own], async () => {
      await withWorkers(environment, steps.activities, [steps.queues.shared], async () => {
        await waitFor(async () => isPulling && steps.indexed.includes('0-100') && (await completed()) >= 3);
      });
      const before = await completed();
      await handle.signal(SIGNALS.pause, { reason: 'for a moment' });
      await handle.signal(SIGNALS.resume);
      release();
      await waitFor(async () => (await completed()) > before);
      await withWorkers(environment, steps.activities, [steps.queues.shared], async () => {
        const now = await waitFor(async () => {
          const state = await handle.query<PartitionState>(QUERIES.state);
          return state.ledger.next === '300' && state;
        });
        expect(now).toMatchObject({ status: 'running', ledger: { indexed: 300 } });
        expect((await handle.describe()).status.name).toBe('RUNNING');
        await handle.terminate();
      });
    });
  }, 120_000);
});
