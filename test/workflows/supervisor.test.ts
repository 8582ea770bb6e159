import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { Activities } from '../../src/activities';
import type { ReconcileInput } from '../../src/activities/reconcile-partitions';
import {
  partitionWorkflowId,
  QUERIES,
  SIGNALS,
  STAND_BY,
  supervisorWorkflowId,
  WORKFLOW_TYPES,
  type MessageResult,
  type PartitionAnswer,
  type PartitionState,
  type SupervisorState,
} from '../../src/workflows/contract';
import { failure, FakeSteps } from '../support/fake-steps';
import { waitFor } from '../support/wait-for';
import { partitionInput, settings, startTimeSkipping, withWorkers } from '../support/workflow-environment';

jest.setTimeout(120_000);

describe('superviseTopic', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await startTimeSkipping();
  });
  afterAll(() => environment.teardown());

  interface Running {
    topic: string;
    handle: WorkflowHandle;
    state: () => Promise<SupervisorState>;
    looks: ReconcileInput[];
    expiries: () => number;
    /** What the next look at the topic finds. */
    topicNow: { partitions: number[] };
    /** Ends a partition's workflow, as by hand; the look after the returned call starts it again. */
    stopped: (partition: number) => Promise<() => void>;
    steps: FakeSteps;
  }

  /** A supervisor over a pretended topic whose partitions are started as idle pipelines. */
  async function run(test: (running: Running) => Promise<void>): Promise<void> {
    const topic = `t-${randomUUID()}`;
    const steps = new FakeSteps(0);
    const looks: ReconcileInput[] = [];
    const topicNow = { partitions: [0, 1] };
    let expiries = 0;
    const started = new Set<number>();
    const activities: { [Name in keyof Activities]?: Activities[Name] } = {
      ...steps.activities,
      reconcilePartitions: async (input) => {
        looks.push(input);
        for (;;) {
          const missing = topicNow.partitions.filter((partition) => !started.has(partition));
          for (const partition of missing) {
            started.add(partition);
            await environment.client.workflow.start(WORKFLOW_TYPES.partition, {
              workflowId: partitionWorkflowId(topic, partition),
              taskQueue: steps.queues.shared,
              args: [partitionInput({ topic, partition, orders: input.orders })],
            });
          }
          const changed = missing.length > 0 || topicNow.partitions.join() !== input.known.join();
          if (changed) return { partitions: topicNow.partitions, started: missing };
          Context.current().heartbeat();
          await Context.current().sleep(50);
        }
      },
      expireIndices: async () => {
        expiries += 1;
        throw new Error('the schedule does it');
      },
    };
    await withWorkers(environment, activities, [steps.queues.shared, steps.queues.own], async () => {
      const handle = await environment.client.workflow.start(WORKFLOW_TYPES.supervisor, {
        workflowId: supervisorWorkflowId(topic),
        taskQueue: steps.queues.shared,
        args: [
          {
            topic,
            settings,
            epoch: { number: 1, rulesHash: settings.rulesHash },
            revision: 0,
            paused: false,
            partitions: [],
          },
        ],
      });
      const state = () => handle.query<SupervisorState>(QUERIES.state);
      try {
        await waitFor(async () => (await state()).partitions.length === 2);
        const stopped = async (number: number) => {
          await environment.client.workflow.getHandle(partitionWorkflowId(topic, number)).terminate();
          return () => void started.delete(number);
        };
        await test({ topic, stopped, handle, state, looks, expiries: () => expiries, topicNow, steps });
      } finally {
        await handle.terminate().catch(() => undefined);
        for (const partition of started) {
          await environment.client.workflow
            .getHandle(partitionWorkflowId(topic, partition))
            .terminate()
            .catch(() => undefined);
        }
      }
    });
  }

  const partition = (topic: string, number: number) => () =>
    environment.client.workflow.getHandle(partitionWorkflowId(topic, number)).query<PartitionState>(QUERIES.state);

  test('starts the partitions it finds, and those that are added later', async () => {
    await run(async ({ topic, state, topicNow }) => {
      topicNow.partitions = [0, 1, 2];
      await waitFor(async () => (await state()).partitions.length === 3);
      expect((await partition(topic, 2)()).status).toBe('running');
    });
  });

  test('pauses and resumes every partition at one signal, with the note of who asked', async () => {
    await run(async ({ topic, handle, state }) => {
      await handle.signal(SIGNALS.pause, { reason: 'upgrade' });
      for (const number of [0, 1]) await waitFor(async () => (await partition(topic, number)()).status === 'paused');
      expect((await partition(topic, 0)()).pause).toEqual({ reason: 'upgrade' });
      expect(await state()).toMatchObject({ paused: true, note: { reason: 'upgrade' } });
      await handle.signal(SIGNALS.resume);
      for (const number of [0, 1]) await waitFor(async () => (await partition(topic, number)()).status === 'running');
    });
  });

  test('does not ask the partitions that its sender has told to stand by, but tells them all the same', async () => {
    await run(async ({ topic, handle }) => {
      const pause = (fields: object) =>
        handle.executeUpdate<MessageResult, [unknown]>('pause', { args: [{ reason: 'upgrade', ...fields }] });
      const standBy = (number: number, requestId: string) =>
        environment.client.workflow
          .getHandle(partitionWorkflowId(topic, number))
          .executeUpdate<PartitionAnswer, [unknown]>(STAND_BY, { args: [{ requestId, reason: 'soon' }] });
      const resumed = async () => {
        await handle.signal(SIGNALS.resume);
        for (const number of [0, 1]) await waitFor(async () => (await partition(topic, number)()).status === 'running');
      };
      expect(await standBy(0, 'r1')).toMatchObject({ partition: 0, status: expect.stringMatching(/^paus/) as unknown });
      await waitFor(async () => (await partition(topic, 0)()).pause?.reason === 'soon');
      expect((await partition(topic, 1)()).status).toBe('running');
      const { partitions } = await pause({ requestId: 'r1', told: [0, 7] });
      expect(partitions[0]).toEqual({ partition: 0, status: 'told' });
      expect(partitions[1]).toMatchObject({ partition: 1, status: expect.stringMatching(/^paus/) as unknown });
      await waitFor(async () => (await partition(topic, 0)()).pause?.reason === 'upgrade');
      await resumed();
      // Late, or sent again: the pause is over.
      await standBy(0, 'r1');
      expect((await partition(topic, 0)()).status).toBe('running');
      await standBy(1, 'r2');
      expect((await pause({ requestId: 'r1', told: [0, 1] })).partitions).toMatchObject([
        { partition: 0, status: 'running' },
        { partition: 1, status: expect.stringMatching(/^paus/) as unknown },
      ]);
      expect((await pause({ requestId: 'r2', partition: 1, told: [1] })).partitions).toEqual([
        { partition: 1, status: 'told' },
      ]);
      await waitFor(async () => (await partition(topic, 1)()).pause?.reason === 'upgrade');
      await expect(standBy(0, 7 as never)).rejects.toThrow();
    });
  });

  test('answers an update with what each partition says, and a second one with the same id without a change', async () => {
    await run(async ({ topic, handle, state }) => {
      const update = (name: string, argument?: object) =>
        handle.executeUpdate<MessageResult, [unknown]>(name, { args: [argument] });
      const first = await update('pause', { reason: 'upgrade', requestId: 'r1' });
      expect(first).toMatchObject({ requestId: 'r1', duplicate: false });
      expect(first.partitions.map(({ partition: one }) => one)).toEqual([0, 1]);
      for (const { status } of first.partitions) expect(status).toMatch(/^paus(ing|ed)$/);
      await update('resume');
      const again = await update('pause', { requestId: 'r1' });
      expect(again).toMatchObject({ duplicate: true, partitions: [{ status: 'running' }, { status: 'running' }] });
      const one = await update('pause', { partition: 1, reason: 'this one' });
      expect(one.partitions).toMatchObject([{ partition: 1, status: expect.stringMatching(/^paus/) as unknown }]);
      expect(await partition(topic, 1)()).toMatchObject({ pause: { reason: 'this one' } });
      expect((await partition(topic, 0)()).status).toBe('running');
      await expect(update('pause', { partition: 7 })).rejects.toMatchObject({
        cause: { type: 'unknown_partition', message: `topic ${topic} has no partition 7; it has 0, 1` },
      });
      await expect(update('accept-gap', { partition: 0 })).rejects.toMatchObject({ cause: { type: 'not_halted' } });
      await expect(update('rebind')).rejects.toMatchObject({ cause: { type: 'not_halted' } });
      expect((await state()).messages).toMatchObject({ received: 6, duplicates: 1, ignored: 2 });
    });
  });

  test('keeps a message to a partition that is not running until it is', async () => {
    await run(async ({ topic, handle, stopped }) => {
      const restart = await stopped(1);
      const { partitions } = await handle.executeUpdate<MessageResult, [unknown]>('pause', {
        args: [{ partition: 1 }],
      });
      expect(partitions).toEqual([{ partition: 1, status: 'absent' }]);
      restart();
      await waitFor(async () => (await partition(topic, 1)()).status === 'paused');
    });
  });

  test('goes on after signals that mean nothing', async () => {
    await run(async ({ handle, state }) => {
      for (const name of ['pause', SIGNALS.configure, SIGNALS.answered, 'puase']) await handle.signal(name, 'x');
      await handle.signal(SIGNALS.pause, { partition: 9 });
      const { messages, paused } = await waitFor(async () => {
        const now = await state();
        return now.messages.received === 4 && now;
      });
      expect(messages.ignored).toBe(4);
      expect(messages.lastIgnored?.why).toContain('no partition 9');
      expect(paused).toBe(false);
    });
  });

  test('starts a partition paused while the pipeline is paused', async () => {
    await run(async ({ topic, handle, state, topicNow }) => {
      await handle.signal(SIGNALS.pause);
      await waitFor(async () => (await state()).paused);
      topicNow.partitions = [0, 1, 2];
      await waitFor(async () => (await state()).partitions.length === 3);
      await waitFor(async () => (await partition(topic, 2)()).status === 'paused');
    });
  });

  test('raises the epoch when a worker brings other rules, and tells the partitions', async () => {
    await run(async ({ topic, handle, state }) => {
      await handle.signal(SIGNALS.configure, { ...settings, rulesHash: 'rules-2' });
      await waitFor(async () => (await state()).epoch.number === 2);
      await waitFor(async () => (await partition(topic, 1)()).epoch.rulesHash === 'rules-2');
    });
  });

  test('keeps the epoch when only other settings change, and changes nothing for the same ones', async () => {
    await run(async ({ handle, state }) => {
      await handle.signal(SIGNALS.configure, settings);
      const before = await state();
      await handle.signal(SIGNALS.configure, { ...settings, window: 2 });
      const after = await waitFor(async () => {
        const now = await state();
        return now.settings.window === 2 && now;
      });
      expect(before.revision).toBe(0);
      expect(after.epoch).toEqual({ number: 1, rulesHash: settings.rulesHash });
    });
  });

  test('leaves a partition that was paused by itself paused when the pipeline resumes', async () => {
    await run(async ({ topic, handle }) => {
      await environment.client.workflow
        .getHandle(partitionWorkflowId(topic, 1))
        .signal(SIGNALS.pause, { reason: 'this one' });
      await handle.signal(SIGNALS.pause);
      await waitFor(async () => (await partition(topic, 0)()).status === 'paused');
      await handle.signal(SIGNALS.resume);
      await waitFor(async () => (await partition(topic, 0)()).status === 'running');
      expect(await partition(topic, 1)()).toMatchObject({ status: 'paused', pause: { reason: 'this one' } });
    });
  });

  test('passes an accepted gap on to the partition that it names, and a rebind to all of them', async () => {
    await run(async ({ topic, handle, steps }) => {
      const halts = (code: string) => async () => {
        throw failure(code, { nonRetryable: true, details: [{ from: '100', to: '150' }] });
      };
      // The pulls that wait already bring the first hundred.
      steps.before.pull = halts('offset_out_of_range');
      steps.records = 200;
      for (const number of [0, 1]) await waitFor(async () => (await partition(topic, number)()).status === 'halted');
      steps.before.pull = async ({ from, partition: which }) => {
        if (Number(from) < 150 && which === 1) await halts('offset_out_of_range')();
      };
      await handle.signal(SIGNALS.acceptGap, { partition: 1 });
      await waitFor(async () => (await partition(topic, 1)()).ledger.next === '200');
      expect((await partition(topic, 1)()).ledger).toMatchObject({ lostUpstream: 50, indexed: 150 });
      expect((await partition(topic, 0)()).status).toBe('halted');

      let anew = true;
      steps.before.pull = async ({ generation }) => {
        if (anew && generation === 1) await halts('topic_recreated')();
      };
      await handle.signal(SIGNALS.resume);
      await waitFor(async () => (await partition(topic, 0)()).failure?.code === 'topic_recreated');
      await handle.signal(SIGNALS.rebind);
      await waitFor(async () => (await partition(topic, 0)()).generation === 2);
      anew = false;
      expect((await partition(topic, 1)()).generation).toBe(1);
    });
  });

  test('leaves old indices to the schedule', async () => {
    await run(async ({ expiries, looks }) => {
      await waitFor(async () => looks.length > 1);
      expect(expiries()).toBe(0);
    });
  });
});
