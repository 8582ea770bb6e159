import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { imbalance } from '../../src/domain/ledger';
import {
  type MessageResult,
  QUERIES,
  SIGNALS,
  STAND_BY,
  WORKFLOW_TYPES,
  type PartitionInput,
  type PartitionState,
} from '../../src/workflows/contract';
import { failure, FakeSteps } from '../support/fake-steps';
import { waitFor } from '../support/wait-for';
import { partitionInput, startTimeSkipping, withWorkers } from '../support/workflow-environment';

jest.setTimeout(60_000);

describe('ingestPartition', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await startTimeSkipping();
  }, 60_000);
  afterAll(() => environment.teardown());

  /** Runs one partition workflow over the fake steps; `test` is done with it before it is terminated. */
  async function run(
    steps: FakeSteps,
    test: (handle: WorkflowHandle, state: () => Promise<PartitionState>) => Promise<void>,
    change: Partial<PartitionInput> = {},
    queues = [steps.queues.shared, steps.queues.own],
  ): Promise<void> {
    await withWorkers(environment, steps.activities, queues, async () => {
      const handle = await environment.client.workflow.start(WORKFLOW_TYPES.partition, {
        workflowId: `ingest/logs/${randomUUID()}`,
        taskQueue: steps.queues.shared,
        args: [partitionInput(change)],
      });
      // Not the started run: the workflow continues as new.
      const current = environment.client.workflow.getHandle(handle.workflowId);
      try {
        await test(current, () => current.query<PartitionState>(QUERIES.state));
      } finally {
        await current.terminate().catch(() => undefined);
      }
    });
  }

  const reaches = (state: () => Promise<PartitionState>, next: string) =>
    waitFor(async () => {
      const now = await state();
      return now.ledger.next === next && now;
    });

  test('takes every batch through its steps, and the ledger adds up', async () => {
    const steps = new FakeSteps(950);
    await run(steps, async (_handle, state) => {
      const { ledger, status, workerQueue } = await reaches(state, '950');
      expect(ledger).toMatchObject({ first: '0', indexed: 950, duplicate: 0 });
      expect(imbalance(ledger)).toBe(0);
      expect(status).toBe('running');
      expect(workerQueue).toBe(steps.queues.own);
    });
  });

  test('moves its progress over the contiguous prefix only, whichever batch lands first', async () => {
    const steps = new FakeSteps(300);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    steps.before.index = async ({ ref }) => (ref.from === '0' ? held : undefined);
    await run(steps, async (_handle, state) => {
      await waitFor(async () => steps.indexed.length === 2);
      expect((await state()).ledger.next).toBe('0');
      release();
      expect((await reaches(state, '300')).ledger.indexed).toBe(300);
      expect(steps.indexed.at(-1)).toBe('0-100');
    });
  });

  test('keeps no more batches in flight than its window', async () => {
    const steps = new FakeSteps(1000);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    steps.before.index = () => held;
    await run(steps, async (_handle, state) => {
      await waitFor(async () => (await state()).inFlight.length === 3);
      expect(steps.pulls).toEqual(['0', '100', '200']);
      release();
      await reaches(state, '1000');
    });
  });

  test('hands a batch to the shared queue when its worker does not answer', async () => {
    const steps = new FakeSteps(100);
    await run(
      steps,
      async (_handle, state) => {
        await reaches(state, '100');
        expect(steps.indexed).toEqual(['0-100']);
      },
      {},
      [steps.queues.shared],
    );
  });

  test('tells the next attempt what the failed one had settled', async () => {
    const steps = new FakeSteps(100);
    const settled = { count: 100, settled: 'AA==', indexed: 7, duplicate: 0, deadLettered: 0 };
    const seen: unknown[] = [];
    steps.before.index = async (input, queue) => {
      seen.push([queue, input.settled]);
      if (queue === steps.queues.own) throw failure('elasticsearch_throttled', { details: [settled] });
    };
    await run(steps, async (_handle, state) => {
      await reaches(state, '100');
      expect(seen).toEqual([
        [steps.queues.own, undefined],
        [steps.queues.shared, settled],
      ]);
    });
  });

  test('outlasts any outage: the shared queue is tried until it works', async () => {
    const steps = new FakeSteps(100);
    let attempts = 0;
    steps.before.index = async () => {
      attempts += 1;
      if (attempts < 5) throw failure('elasticsearch_unavailable');
    };
    await run(steps, async (_handle, state) => {
      expect((await reaches(state, '100')).ledger.indexed).toBe(100);
    });
  });

  test('halts with the reason when a person must decide, and tries again at resume', async () => {
    const steps = new FakeSteps(300);
    let broken = true;
    steps.before.index = async ({ ref }) => {
      if (broken && ref.from === '100') throw failure('foreign_document', { nonRetryable: true });
    };
    await run(steps, async (handle, state) => {
      const halted = await waitFor(async () => {
        const now = await state();
        return now.status === 'halted' && now.inFlight.length === 0 && now;
      });
      expect(halted.failure).toMatchObject({ code: 'foreign_document', message: 'foreign_document happened' });
      expect(halted.ledger.next).toBe('100');
      broken = false;
      await handle.signal(SIGNALS.resume);
      const { ledger, failure: gone } = await reaches(state, '300');
      expect(ledger.indexed).toBe(300);
      expect(gone).toBeUndefined();
    });
  });

  test('halts when the fates of a batch do not add up, and books nothing of it', async () => {
    const steps = new FakeSteps(100);
    steps.activities.indexBatch = async () => ({
      fates: { indexed: 99, duplicate: 0, deadLettered: 0, filtered: 0, lostUpstream: 0, void: 0 },
    });
    await run(steps, async (_handle, state) => {
      const halted = await waitFor(async () => {
        const now = await state();
        return now.status === 'halted' && now;
      });
      expect(halted.failure?.code).toBe('ledger_mismatch');
      expect(halted.ledger.next).toBe('0');
    });
  });

  test('hands on no batch while it is paused, forgets the pull under way, and goes on where it was', async () => {
    const steps = new FakeSteps(100);
    await run(steps, async (handle, state) => {
      await reaches(state, '100');
      await waitFor(async () => steps.pulls.at(-1) === '100');
      await handle.signal(SIGNALS.pause, { reason: 'maintenance', actor: 'test' });
      const paused = await waitFor(async () => {
        const now = await state();
        return now.status === 'paused' && now;
      });
      expect(paused.pause).toEqual({ reason: 'maintenance', actor: 'test' });
      steps.records = 250;
      expect((await state()).ledger.next).toBe('100');
      expect(steps.indexed).toEqual(['0-100']);
      await handle.signal(SIGNALS.resume);
      expect((await reaches(state, '250')).ledger.indexed).toBe(250);
    });
  });

  test('understands a pause without an argument', async () => {
    await run(new FakeSteps(0), async (handle, state) => {
      await handle.signal(SIGNALS.pause);
      await waitFor(async () => (await state()).status === 'paused');
    });
  });

  test('acknowledges an update with the status, once per request id, and refuses what does not fit', async () => {
    await run(new FakeSteps(0), async (handle, state) => {
      const pause = (args: [unknown]) => handle.executeUpdate<MessageResult, [unknown]>('pause', { args });
      const first = await pause([{ reason: 'once', requestId: 'r1' }]);
      expect(first).toMatchObject({ requestId: 'r1', duplicate: false, partitions: [{ partition: 0 }] });
      expect(first.partitions[0]!.status).toMatch(/^paus(ing|ed)$/);
      await handle.executeUpdate('resume');
      expect(await pause([{ reason: 'twice', requestId: 'r1' }])).toMatchObject({ duplicate: true });
      await waitFor(async () => (await state()).status === 'running');
      await expect(pause(['maintenance'])).rejects.toMatchObject({
        cause: { type: 'invalid_message', message: expect.stringContaining('JSON object') as unknown },
      });
      await expect(handle.executeUpdate('rebind')).rejects.toMatchObject({ cause: { type: 'not_halted' } });
      await expect(handle.executeUpdate('explode')).rejects.toThrow();
      expect((await state()).messages).toEqual({ received: 3, duplicates: 1, ignored: 0 });
    });
  });

  test('stands by for a pause that is announced, hands on no batch, and goes on when none comes in half a minute', async () => {
    const steps = new FakeSteps(100);
    await run(steps, async (handle, state) => {
      await reaches(state, '100');
      await waitFor(async () => steps.pulls.at(-1) === '100');
      await handle.executeUpdate(STAND_BY, { args: [{ requestId: 'r1', reason: 'announced' }] });
      const standing = await waitFor(async () => {
        const now = await state();
        return now.status === 'paused' && now;
      });
      expect(standing).toMatchObject({ pause: { reason: 'announced' }, messages: { received: 0 } });
      steps.records = 250;
      expect((await state()).ledger.next).toBe('100');
      await environment.sleep('31s');
      expect((await reaches(state, '250')).status).toBe('running');
    });
  });

  test('counts a signal that it cannot follow, says why, and goes on', async () => {
    await run(new FakeSteps(100), async (handle, state) => {
      const garbage = ['x', [1], null, 7, { reason: {} }, { [`k${'x'.repeat(100_000)}`]: 1 }];
      for (const argument of garbage) await handle.signal('resume', argument);
      for (const name of [SIGNALS.configure, SIGNALS.waiting]) await handle.signal(name, 'x');
      await handle.signal(SIGNALS.acceptGap);
      await handle.signal('puase');
      const { messages, ledger } = await waitFor(async () => {
        const now = await state();
        return now.messages.received === 9 && now.ledger.next === '100' && now;
      });
      expect(ledger.indexed).toBe(100);
      expect(messages).toMatchObject({
        ignored: 8,
        lastIgnored: { name: 'puase', why: expect.stringContaining('no such signal') as unknown },
      });
    });
  });

  test('cancels a bulk that does not end after a pause, and indexes its batch again at resume', async () => {
    const steps = new FakeSteps(100);
    let stuck = true;
    const { Context } = await import('@temporalio/activity');
    steps.before.index = async () => {
      if (!stuck) return;
      for (;;) {
        Context.current().heartbeat();
        await Context.current().sleep(50);
      }
    };
    await run(steps, async (handle, state) => {
      await waitFor(async () => (await state()).inFlight[0]?.step === 'index');
      await handle.signal(SIGNALS.pause);
      await waitFor(async () => (await state()).status === 'pausing');
      await environment.sleep('6s');
      const paused = await waitFor(async () => {
        const now = await state();
        return now.status === 'paused' && now;
      });
      expect(paused.ledger.next).toBe('0');
      stuck = false;
      await handle.signal(SIGNALS.resume);
      expect((await reaches(state, '100')).ledger.indexed).toBe(100);
    });
  });

  test('mirrors its progress when it pauses, with the ledger up to that offset', async () => {
    const steps = new FakeSteps(300);
    await run(steps, async (handle, state) => {
      await reaches(state, '300');
      await handle.signal(SIGNALS.pause);
      await waitFor(async () => (await state()).committed === '300');
      const last = steps.commits.at(-1)!;
      expect(last).toMatchObject({ partition: 0, next: '300', metadata: { v: 1, epoch: { number: 1 } } });
      expect(last.metadata.progress.ledger).toEqual((await state()).ledger);
    });
  });

  test('goes on indexing while the mirror fails', async () => {
    const steps = new FakeSteps(500);
    steps.activities.commitOffset = async () => {
      throw failure('kafka_unavailable');
    };
    await run(steps, async (_handle, state) => {
      expect((await reaches(state, '500')).committed).toBeUndefined();
    });
  });

  test('books a stretch without records as void', async () => {
    const steps = new FakeSteps(200);
    const pull = steps.activities.pullBatch!;
    steps.activities.pullBatch = async (input) =>
      input.from === '100'
        ? { next: '150', queue: steps.queues.own }
        : input.from === '150'
          ? pull({ ...input, from: '150' })
          : pull(input);
    await run(steps, async (_handle, state) => {
      expect((await reaches(state, '200')).ledger).toMatchObject({ indexed: 150, void: 50 });
    });
  });

  test('scores under a new epoch from the next batch on, and keeps where it began', async () => {
    const steps = new FakeSteps(100);
    await run(steps, async (handle, state) => {
      await reaches(state, '100');
      const orders = { ...partitionInput().orders, revision: 2, epoch: { number: 2, rulesHash: 'rules-2' } };
      await handle.signal(SIGNALS.configure, orders);
      await handle.signal(SIGNALS.configure, { ...orders, revision: 1, paused: true });
      await waitFor(async () => (await state()).epoch.number === 2);
      steps.records = 300;
      const { epochs, status } = await reaches(state, '300');
      // The pull that was waiting at 100 was asked under the first epoch, which no worker may have any longer.
      expect(epochs).toEqual([
        { number: 1, from: '0' },
        { number: 2, from: '100' },
      ]);
      expect(status).toBe('running');
    });
  });

  /** A topic that has lost its offsets below 150. */
  function withGap(records: number): FakeSteps {
    const steps = new FakeSteps(records);
    steps.before.pull = async ({ from }) => {
      if (Number(from) >= 150) return;
      throw failure('offset_out_of_range', { nonRetryable: true, details: [{ from, to: '150' }] });
    };
    return steps;
  }

  test('halts with the exact range that Kafka has lost, and books it when an operator accepts the gap', async () => {
    const steps = withGap(250);
    steps.gapDocuments = 20;
    await run(steps, async (handle, state) => {
      const halted = await waitFor(async () => {
        const now = await state();
        return now.status === 'halted' && now;
      });
      expect(halted.failure).toMatchObject({ code: 'offset_out_of_range', gap: { from: '0', to: '150' } });
      await handle.signal(SIGNALS.acceptGap, { to: '140' });
      await waitFor(async () => steps.pulls.length === 2 && (await state()).status === 'halted');
      await handle.signal(SIGNALS.acceptGap);
      const { ledger, lost } = await reaches(state, '250');
      expect(ledger).toMatchObject({ indexed: 100, duplicate: 20, lostUpstream: 130 });
      expect(imbalance(ledger)).toBe(0);
      expect(lost).toEqual([{ from: '0', to: '150', lost: 130, at: expect.any(String) }]);
    });
  });

  test('goes over a gap by itself where the settings say so, also over one that a second reading meets', async () => {
    const steps = new FakeSteps(250);
    let deleted = false;
    steps.before.index = async ({ ref }) => {
      if (deleted || ref.from !== '100') return;
      deleted = true;
      // As the step does: what is settled comes first, the gap last.
      throw failure('offset_out_of_range', { nonRetryable: true, details: [null, { from: '100', to: '150' }] });
    };
    steps.before.pull = async ({ from }) => {
      if (!deleted || Number(from) >= 150) return;
      throw failure('offset_out_of_range', { nonRetryable: true, details: [{ from, to: '150' }] });
    };
    const { orders } = partitionInput();
    const change = { orders: { ...orders, settings: { ...orders.settings, onGap: 'accept' as const } } };
    await run(
      steps,
      async (_handle, state) => {
        const { ledger, failure: gone } = await reaches(state, '250');
        expect(ledger).toMatchObject({ indexed: 200, lostUpstream: 50 });
        expect(gone).toBeUndefined();
      },
      change,
    );
  });

  test('a batch that a second reading finds damaged is pulled anew; then it halts there, whatever the settings say of gaps', async () => {
    const steps = new FakeSteps(250);
    let damaged = false;
    const details = [{ from: '100', to: '150' }];
    steps.before.index = async ({ ref }) => {
      if (damaged || ref.from !== '100') return;
      damaged = true;
      throw failure('batch_unreadable', { nonRetryable: true, details: [null, ...details] });
    };
    steps.before.pull = async ({ from }) => {
      if (damaged && from === '100') throw failure('batch_unreadable', { nonRetryable: true, details });
    };
    const { orders } = partitionInput();
    const change = { orders: { ...orders, settings: { ...orders.settings, onGap: 'accept' as const } } };
    await run(
      steps,
      async (handle, state) => {
        const halted = await waitFor(async () => {
          const now = await state();
          return now.status === 'halted' && now;
        });
        expect(halted).toMatchObject({
          failure: { code: 'batch_unreadable', gap: details[0] },
          ledger: { next: '100' },
        });
        await handle.signal(SIGNALS.acceptGap);
        const { ledger } = await reaches(state, '250');
        expect(ledger).toMatchObject({ indexed: 200, lostUpstream: 50 });
      },
      change,
    );
  });

  test('halts on a topic that was created anew, and reads it from the start after a rebind', async () => {
    const steps = new FakeSteps(300);
    let anew = false;
    steps.before.pull = async ({ generation, from }) => {
      if (anew && generation === 1) throw failure('topic_recreated', { nonRetryable: true });
      if (!anew && from === '300') anew = true;
      if (anew && generation === 1) throw failure('topic_recreated', { nonRetryable: true });
    };
    await run(steps, async (handle, state) => {
      await waitFor(async () => (await state()).status === 'halted');
      await handle.signal(SIGNALS.rebind);
      const now = await waitFor(async () => {
        const { generation, ledger } = await state();
        return generation === 2 && ledger.next === '300' && (await state());
      });
      expect(now.closed).toMatchObject([{ generation: 1, ledger: { next: '300', indexed: 300 } }]);
      await waitFor(async () => steps.commits.at(-1)?.metadata.progress.generation === 2);
    });
  });

  test.each([false, true])('mirrors its account after a rebind that overtook a commit, keep: %s', async (keep) => {
    const steps = new FakeSteps(300);
    let anew = false;
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    steps.before.pull = async ({ topicId, from }) => {
      if (from === '300' && topicId === 'old') anew = true;
      if (anew && topicId === 'old') throw failure('topic_recreated', { nonRetryable: true });
    };
    const { pullBatch, commitOffset } = steps.activities;
    steps.activities.pullBatch = async (input) => ({ ...(await pullBatch!(input)), topicId: anew ? 'new' : 'old' });
    steps.activities.commitOffset = async (input) => {
      await commitOffset!(input);
      if (input.metadata.progress.topicId === 'old') await held;
    };
    await run(steps, async (handle, state) => {
      await waitFor(async () => (await state()).status === 'halted' && steps.commits.at(-1)?.next === '300');
      await handle.signal(SIGNALS.rebind, { keep });
      await waitFor(async () => (await state()).failure === undefined);
      release();
      await waitFor(async () => steps.commits.at(-1)?.metadata.progress.topicId !== 'old');
      expect(steps.commits.at(-1)).toMatchObject({ next: '300', metadata: { progress: { generation: keep ? 1 : 2 } } });
    });
  });

  test('says why it waits, as the worker tells it, and forgets it when the batch has landed', async () => {
    const steps = new FakeSteps(100);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    steps.before.index = () => held;
    await run(steps, async (handle, state) => {
      await waitFor(async () => (await state()).inFlight[0]?.step === 'index');
      const waiting = { step: 'index', from: '0', code: 'index_blocked', message: 'read-only', since: 'then' };
      await handle.signal(SIGNALS.waiting, waiting);
      await waitFor(async () => (await state()).status === 'blocked');
      expect((await state()).waiting).toEqual(waiting);
      release();
      await reaches(state, '100');
      expect(await state()).toMatchObject({ status: 'running' });
    });
  });

  test('pulls smaller batches after one that was throttled or split, and larger ones again later', async () => {
    const steps = new FakeSteps(2000);
    const index = steps.activities.indexBatch!;
    steps.activities.indexBatch = async (input) => {
      const splits = input.ref.from === '0' ? { splits: 1 } : {};
      return { ...(await index(input)), ...splits };
    };
    const { orders } = partitionInput();
    const batch = { ...orders.settings.batch, maxRecords: 400 };
    const change = { orders: { ...orders, settings: { ...orders.settings, batch, window: 1 } } };
    await run(
      steps,
      async (_handle, state) => {
        const now = await reaches(state, '2000');
        const [first, second, third] = steps.indexed.map(
          (range) => Number(range.split('-')[1]) - Number(range.split('-')[0]),
        );
        expect([first, second, third]).toEqual([400, 200, 225]);
        expect(now.batch.maxRecords).toBeGreaterThan(225);
      },
      change,
    );
  });
});
