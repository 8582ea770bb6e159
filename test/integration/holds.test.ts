import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  HOLDS_MEMO,
  QUERIES,
  WORKFLOW_TYPES,
  type Hold,
  type MessageResult,
  type PartitionInput,
  type PartitionState,
} from '../../src/workflows/contract';
import { FakeSteps } from '../support/fake-steps';
import { waitFor } from '../support/wait-for';
import { partitionInput, withWorkers } from '../support/workflow-environment';

jest.setTimeout(60_000);

const drain: Hold = { kind: 'drain', since: '2' };
const { orders } = partitionInput();

/** On the real Temporal server, over fake steps. */
describe('ingestPartition held', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await TestWorkflowEnvironment.createFromExistingServer({
      address: process.env['SLUICE_TEST_TEMPORAL_ADDRESS']!,
    });
  }, 60_000);
  afterAll(() => environment.teardown());

  interface Running {
    handle: WorkflowHandle;
    state: () => Promise<PartitionState>;
    tell: (name: string, argument?: object) => Promise<MessageResult>;
    reaches: (next: string, status: string) => Promise<PartitionState>;
  }

  async function run(
    steps: FakeSteps,
    test: (running: Running) => Promise<void>,
    change: Partial<PartitionInput> = {},
  ): Promise<void> {
    await withWorkers(environment, steps.activities, [steps.queues.shared, steps.queues.own], async () => {
      const { workflowId } = await environment.client.workflow.start(WORKFLOW_TYPES.partition, {
        workflowId: `ingest/logs/${randomUUID()}`,
        taskQueue: steps.queues.shared,
        args: [partitionInput(change)],
      });
      const handle = environment.client.workflow.getHandle(workflowId);
      const state = () => handle.query<PartitionState>(QUERIES.state);
      const tell = (name: string, argument?: object) =>
        handle.executeUpdate<MessageResult, [unknown]>(name, { args: [argument] });
      const reaches = (next: string, status: string) =>
        waitFor(async () => {
          const now = await state();
          return now.ledger.next === next && now.status === status && now;
        });
      try {
        await test({ handle, state, tell, reaches });
      } finally {
        await handle.terminate().catch(() => undefined);
      }
    });
  }

  test('stop-at: reads nothing from the offset on, and goes on from there at resume', async () => {
    const steps = new FakeSteps(0);
    await run(steps, async ({ tell, reaches }) => {
      expect((await tell('stop-at', { offset: '250', reason: 'bad ones follow' })).partitions).toEqual([
        { partition: 0, status: 'running' },
      ]);
      steps.records = 1000;
      const { ledger, hold } = await reaches('250', 'paused');
      expect(ledger.indexed).toBe(250);
      expect(hold).toMatchObject({ kind: 'stop-at', offset: '250', reason: 'bad ones follow' });
      expect(steps.indexed.every((range) => Number(range.split('-')[1]) <= 250)).toBe(true);
      expect((await tell('stop-at', { offset: '100' })).partitions[0]!.status).toBe('paused');
      await tell('resume');
      await reaches('1000', 'running');
    });
  });

  test('stop-at: refuses an order without an offset', async () => {
    await run(new FakeSteps(0), async ({ tell }) => {
      await expect(tell('stop-at')).rejects.toMatchObject({ cause: { type: 'invalid_message' } });
      await expect(tell('stop-at', { offset: 'x' })).rejects.toMatchObject({ cause: { type: 'invalid_message' } });
    });
  });

  test('drain: works off what is there, then pauses; what comes later waits for a resume', async () => {
    const steps = new FakeSteps(350);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    steps.before.index = () => held;
    await run(steps, async ({ tell, reaches, state }) => {
      try {
        expect((await tell('drain', { reason: 'upgrade' })).partitions[0]!.status).toBe('draining');
        await waitFor(async () => (await state()).hold?.offset === '350');
        steps.records = 900;
      } finally {
        release();
      }
      await reaches('350', 'paused');
      expect(steps.commits.at(-1)?.metadata.holds?.own).toMatchObject({ kind: 'drain', offset: '350' });
      await tell('resume');
      await reaches('900', 'running');
    });
  });

  test('drain: ends at once where nothing is left, and goes on reading while Kafka does not tell the end', async () => {
    const steps = new FakeSteps(0);
    await run(steps, async ({ tell, reaches }) => {
      await tell('drain');
      await reaches('0', 'paused');
      let down = true;
      steps.before.end = async () => {
        if (down) throw new Error('no broker');
      };
      await tell('drain');
      steps.records = 100;
      await reaches('100', 'draining');
      down = false;
      await reaches('100', 'paused');
    });
  });

  test('pause: ends by itself, and not before a newer one that has no end', async () => {
    const steps = new FakeSteps(0);
    await run(steps, async ({ tell, reaches, state }) => {
      await expect(tell('pause', { expiresAt: '2001-01-01T00:00:00Z' })).rejects.toMatchObject({
        cause: { type: 'invalid_message' },
      });
      await tell('pause', { forSeconds: 2, reason: 'a moment' });
      expect((await state()).hold).toMatchObject({ kind: 'pause', expiresAt: expect.stringMatching(/Z$/) as unknown });
      await reaches('0', 'running');
      await tell('pause', { forSeconds: 1 });
      await tell('pause', { reason: 'for good' });
      await environment.sleep('2s');
      expect(await state()).toMatchObject({ status: 'paused', pause: { reason: 'for good' } });
    });
  });

  test('pause: is noted in the memo by the time it is acknowledged, of a terminated run too, and so is the resume', async () => {
    await run(new FakeSteps(0), async ({ handle, tell }) => {
      const noted = async () => (await handle.describe()).memo?.[HOLDS_MEMO];
      await tell('pause', { reason: 'noted' });
      expect(await noted()).toMatchObject({ revision: 1, own: { kind: 'pause', reason: 'noted' } });
      await tell('resume');
      expect(await noted()).toEqual({ revision: 1 });
      await tell('drain', { reason: 'last' });
      await handle.terminate();
      expect(await noted()).toMatchObject({ own: { kind: 'drain', reason: 'last' } });
    });
  });

  test('pause: is mirrored once, though the offset has not moved, and so is the resume', async () => {
    const steps = new FakeSteps(0);
    await run(steps, async ({ tell }) => {
      await tell('pause', { reason: 'mirrored' });
      await waitFor(async () => steps.commits.some(({ metadata }) => metadata.holds?.own?.reason === 'mirrored'));
      const { length } = steps.commits;
      await environment.sleep('6s');
      expect(steps.commits).toHaveLength(length);
      await tell('resume');
      await waitFor(async () => steps.commits.at(-1)?.metadata.holds?.own === undefined);
    });
  });

  test('starts held as its commit tells', async () => {
    const topicHold: Hold = { ...drain, offset: '100' };
    const change = { ownHold: undefined, topicHold, orders: { ...orders, hold: drain } };
    await run(
      new FakeSteps(300),
      async ({ reaches }) => {
        await reaches('100', 'paused');
      },
      change,
    );
  });
});
