import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { OrderReplayInput } from '../../src/activities/order-replay';
import { QUERIES, supervisorWorkflowId, WORKFLOW_TYPES, type SupervisorState } from '../../src/workflows/contract';
import { waitFor } from '../support/wait-for';
import { settings, startTimeSkipping, uniqueQueues, withWorkers } from '../support/workflow-environment';

jest.setTimeout(120_000);

describe('the messages replay and rescore', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await startTimeSkipping();
  });
  afterAll(() => environment.teardown());

  async function run(test: (handle: WorkflowHandle, orders: OrderReplayInput[]) => Promise<void>): Promise<void> {
    const topic = `t-${randomUUID()}`;
    const { shared } = uniqueQueues();
    const orders: OrderReplayInput[] = [];
    const activities = {
      orderReplay: async (input: OrderReplayInput) => {
        orders.push(input);
        const seen = orders.filter(({ order }) => order.requestId === input.order.requestId).length > 1;
        return { id: input.order.requestId ?? input.fallback, duplicate: input.order.requestId !== undefined && seen };
      },
      reconcilePartitions: async () => {
        for (;;) {
          Context.current().heartbeat();
          await Context.current().sleep(50);
        }
      },
    };
    await withWorkers(environment, activities, [shared], async () => {
      const epoch = { number: 1, rulesHash: settings.rulesHash };
      const handle = await environment.client.workflow.start(WORKFLOW_TYPES.supervisor, {
        workflowId: supervisorWorkflowId(topic),
        taskQueue: shared,
        args: [{ topic, settings, epoch, revision: 0, paused: false, partitions: [] }],
      });
      try {
        await test(handle, orders);
      } finally {
        await handle.terminate().catch(() => undefined);
      }
    });
  }

  test('a signal without a word replays everything, and rescore is a mode of it', async () => {
    await run(async (handle, orders) => {
      await handle.signal('replay');
      await handle.signal('rescore', { partition: 1, from: '5', recordsPerSecond: 10, reason: 'rules' });
      await waitFor(async () => orders.length === 2);
      const [repair, rescore] = ['repair', 'rescore'].map((mode) => orders.find(({ order }) => order.mode === mode));
      expect(repair!.order).toEqual({ mode: 'repair', dryRun: false, actor: 'temporal' });
      expect(repair!.fallback).toMatch(/^\d{8}-\d{6}-[0-9a-f]{6}$/);
      expect(rescore!.order).toMatchObject({ mode: 'rescore', partitions: [1], from: '5', recordsPerSecond: 10 });
    });
  });

  test('an update answers with the replay; the same request names the same one', async () => {
    await run(async (handle) => {
      const args: [object] = [{ requestId: 'mine', dryRun: true, fromTime: '2026-11-24T10:00:00Z' }];
      expect(await handle.executeUpdate('replay', { args })).toMatchObject({ id: 'mine', duplicate: false });
      expect(await handle.executeUpdate('replay', { args })).toMatchObject({ id: 'mine', duplicate: true });
    });
  });

  test('a signal that was seen starts nothing', async () => {
    await run(async (handle, orders) => {
      for (let i = 0; i < 3; i += 1) await handle.signal('replay', { requestId: 'mine' });
      const state = () => handle.query<SupervisorState>(QUERIES.state);
      await waitFor(async () => (await state()).messages?.received === 3);
      expect((await state()).messages).toMatchObject({ duplicates: 2, ignored: 0 });
      expect(orders).toHaveLength(1);
    });
  });

  test.each(['a text', 5, [1], { colour: 1 }, { from: 5 }, { from: '9', to: '8' }, { mode: 'shadow' }])(
    '%j: the update is refused, the signal ignored and shown, and nothing starts',
    async (argument) => {
      await run(async (handle, orders) => {
        await expect(handle.executeUpdate('replay', { args: [argument] })).rejects.toMatchObject({
          cause: { type: 'invalid_message' },
        });
        await handle.signal('replay', argument);
        const state = await waitFor(async () => {
          const now = await handle.query<SupervisorState>(QUERIES.state);
          return now.messages?.ignored === 1 && now;
        });
        expect(state.messages?.lastIgnored?.name).toBe('replay');
        expect(orders).toEqual([]);
      });
    },
  );
});
