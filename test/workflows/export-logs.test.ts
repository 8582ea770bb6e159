import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../src/activities';
import type { SaveExportInput } from '../../src/activities/export-end';
import { EXPORT_WORKFLOW, exportWorkflowId, type ExportState } from '../../src/domain/export';
import { failure } from '../support/fake-steps';
import { waitFor } from '../support/wait-for';
import { startTimeSkipping, uniqueQueues, withWorkers } from '../support/workflow-environment';

jest.setTimeout(120_000);

describe('exportLogs', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await startTimeSkipping();
  });
  afterAll(() => environment.teardown());

  /** Steps that pretend: each one writes a part, unless a test holds it. */
  class FakeExport {
    readonly id = randomUUID();
    readonly queue = uniqueQueues().shared;
    readonly saved: SaveExportInput[] = [];
    steps = 0;
    finished = 0;
    written = 0;
    /** Steps take as long as it is true, or end early when they are cancelled. */
    hold = false;
    fail: (() => void) | undefined;

    constructor(readonly parts: number) {}

    readonly activities: { [Name in keyof Activities]?: Activities[Name] } = {
      exportChunk: async () => {
        this.steps += 1;
        this.fail?.();
        while (this.hold && !Context.current().cancellationSignal.aborted) {
          Context.current().heartbeat();
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        this.written += 1;
        const { written: parts } = this;
        const counts = {
          parts,
          logs: parts * 10,
          bytes: parts * 100,
          total: this.parts * 10,
          restarts: 0,
          activeMs: 5,
        };
        return { progress: counts, done: parts >= this.parts };
      },
      finishExport: async () => {
        this.finished += 1;
        return { logs: this.written * 10, bytes: this.written * 100, sha256: 'x' };
      },
      saveExport: async (input) => void this.saved.push(input),
    };

    async run(test: (handle: WorkflowHandle, state: () => Promise<ExportState>) => Promise<void>): Promise<void> {
      await withWorkers(environment, this.activities, [this.queue], async () => {
        const handle = await environment.client.workflow.start(EXPORT_WORKFLOW, {
          workflowId: exportWorkflowId('logs', this.id),
          taskQueue: this.queue,
          args: [{ topic: 'logs', id: this.id }],
        });
        await test(handle, () => handle.query<ExportState>('state'));
      });
    }
  }

  test('step after step, and then the look at the whole file', async () => {
    const one = new FakeExport(3);
    await one.run(async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'done', progress: { parts: 3, logs: 30 } });
    });
    expect([one.steps, one.finished, one.saved]).toEqual([3, 1, []]);
  });

  test('more steps than a run holds: the next run goes on', async () => {
    const one = new FakeExport(502);
    await one.run(async (handle) => {
      const { runId } = await handle.describe();
      expect(await handle.result()).toMatchObject({ status: 'done', progress: { parts: 502 } });
      expect((await handle.describe()).runId).not.toBe(runId);
    });
    expect([one.steps, one.finished]).toEqual([502, 1]);
  });

  test('paused and resumed: what is in hand ends, and the rest follows', async () => {
    const one = new FakeExport(2);
    one.hold = true;
    await one.run(async (handle, state) => {
      await waitFor(async () => one.steps === 1);
      expect(await handle.executeUpdate('pause', { args: [{ reason: 'later', actor: 'me' }] })).toEqual({
        status: 'pausing',
      });
      await waitFor(async () => (await state()).status === 'paused');
      expect(await state()).toMatchObject({ pause: { reason: 'later', actor: 'me' }, progress: { parts: 1 } });
      await waitFor(async () => one.saved.at(-1)?.status === 'paused');
      one.hold = false;
      await handle.signal('resume');
      expect(await handle.result()).toMatchObject({ status: 'done' });
    });
    expect(one.written).toBe(2);
  });

  test.each([
    ['by message', (handle: WorkflowHandle) => handle.signal('cancel', 'a text and no object')],
    ['by Temporal itself', (handle: WorkflowHandle) => handle.cancel().then(() => undefined)],
  ])('cancelled %s: it says so to the folder, and ends', async (how, cancel) => {
    const one = new FakeExport(2);
    one.hold = true;
    await one.run(async (handle) => {
      await waitFor(async () => one.steps === 1);
      await cancel(handle);
      if (how === 'by message') expect(await handle.result()).toMatchObject({ status: 'cancelled' });
      else await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    });
    expect(one.saved).toMatchObject([{ status: 'cancelled' }]);
    expect(one.finished).toBe(0);
  });

  test('cancelled while it is paused', async () => {
    const one = new FakeExport(2);
    one.hold = true;
    await one.run(async (handle, state) => {
      await handle.signal('pause', 17);
      await waitFor(async () => (await state()).status === 'paused');
      expect(await handle.executeUpdate('cancel')).toMatchObject({ status: 'cancelling' });
      expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    });
    expect(one.saved.map(({ status }) => status)).toEqual(['paused', 'cancelled']);
  });

  test('a step that gives up for good: the workflow fails with its code, even if nobody can keep that', async () => {
    const one = new FakeExport(2);
    one.fail = () => {
      throw failure('export_too_large', { nonRetryable: true });
    };
    one.activities.saveExport = async (input) => {
      one.saved.push(input);
      throw failure('export_missing', { nonRetryable: true });
    };
    await one.run(async (handle) => {
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'export_too_large' } });
    });
    expect(one.saved).toMatchObject([{ status: 'failed', failure: { code: 'export_too_large' } }]);
  });

  test('a step that fails for a while is tried again', async () => {
    const one = new FakeExport(1);
    one.fail = () => {
      if (one.steps < 3) throw failure('export_disk_full', { nonRetryable: false });
    };
    await one.run(async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'done', progress: { parts: 1 } });
    });
    expect(one.steps).toBe(3);
  });
});
