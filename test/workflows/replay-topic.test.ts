import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../src/activities';
import type { ReplayChunkInput } from '../../src/activities/replay-chunk';
import type { SaveReplayInput } from '../../src/activities/save-replay';
import {
  noReplayCounts,
  REPLAY_WORKFLOW,
  replayWorkflowId,
  type ReplayProgress,
  type ReplayStart,
  type ReplayState,
} from '../../src/domain/replay';
import { failure } from '../support/fake-steps';
import { waitFor } from '../support/wait-for';
import { startTimeSkipping, uniqueQueues, withWorkers } from '../support/workflow-environment';

jest.setTimeout(120_000);

/** The partitions of the steps, in the order in which the workflow has scheduled them. */
function partitionsOf({ events }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>): number[] {
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.activityType?.name === 'replayChunk'
      ? [defaultPayloadConverter.fromPayload<ReplayChunkInput>(scheduled.input!.payloads![0]!).partition]
      : [],
  );
}

describe('replayTopic', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await startTimeSkipping();
  });
  afterAll(() => environment.teardown());

  /** Steps that pretend: partitions of so many offsets, each step done at once unless a test holds it. */
  class FakeReplay {
    readonly id = randomUUID();
    readonly queues = uniqueQueues();
    readonly chunks: ReplayChunkInput[] = [];
    /** Ranges that were really done, `0 0-100`. */
    readonly done: string[] = [];
    readonly saved: SaveReplayInput[] = [];
    progress: ReplayProgress | undefined;
    start: Partial<ReplayStart> = {};
    /** Steps take as long as it says, or end early when they are cancelled. */
    hold: ((chunk: ReplayChunkInput) => boolean) | undefined;
    fail: ((chunk: ReplayChunkInput) => void) | undefined;

    constructor(readonly lengths: number[]) {}

    readonly activities: { [Name in keyof Activities]?: Activities[Name] } = {
      planReplay: async () => {
        const offsets = this.lengths.reduce((sum, length) => sum + length, 0);
        const findings = { offsets, documents: 0, deadLetters: 0, expired: 0, missing: 0, gone: 3, beyond: 0 };
        const { lengths, progress } = this;
        return { mode: 'repair', dryRun: false, ranges: lengths.length, findings, progress, ...this.start };
      },
      listReplayRanges: async ({ page, size }) =>
        this.lengths
          .map((length, partition) => ({ partition, from: '0', to: String(length) }))
          .slice(page, page + size),
      replayChunk: async (input) => {
        this.chunks.push(input);
        this.fail?.(input);
        const { partition, from, to } = input;
        let next = to;
        while (this.hold?.(input)) {
          Context.current().heartbeat();
          if (Context.current().cancellationSignal.aborted) {
            // Behind the stretch that it was at.
            next = String(Number(from) + 10);
            break;
          }
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        this.done.push(`${partition} ${from}-${next}`);
        return { next, counts: { ...noReplayCounts(), present: Number(next) - Number(from) } };
      },
      saveReplay: async (input) => {
        this.saved.push(input);
        this.progress = input.progress;
      },
    };

    async run(test: (handle: WorkflowHandle, state: () => Promise<ReplayState>) => Promise<void>): Promise<void> {
      const { shared } = this.queues;
      await withWorkers(environment, this.activities, [shared], async () => {
        const handle = await environment.client.workflow.start(REPLAY_WORKFLOW, {
          workflowId: replayWorkflowId('logs', this.id),
          taskQueue: shared,
          args: [{ topic: 'logs', id: this.id }],
        });
        await test(handle, () => handle.query<ReplayState>('state'));
      });
    }

    /** What was done of a partition, in order, as one range if nothing is twice and nothing is left out. */
    tiles(partition: number): string {
      const own = this.done.filter((one) => one.startsWith(`${partition} `)).map((one) => one.split(' ')[1]!);
      const ends = own.map((one) => one.split('-').map(Number) as [number, number]).sort(([a], [b]) => a - b);
      for (const [position, [from]] of ends.entries()) {
        if (position > 0 && ends[position - 1]![1] !== from) return `torn: ${own.join(' ')}`;
      }
      return `${ends[0]![0]}-${ends.at(-1)![1]}`;
    }
  }

  test('every range is done once, the partitions by turns, and the result is kept', async () => {
    const replay = new FakeReplay([50_000, 100, 30_000]);
    let ordered: number[] = [];
    await replay.run(async (handle) => {
      const result = (await handle.result()) as ReplayState;
      expect(result).toMatchObject({ status: 'done', progress: { counts: { present: 80_100, gone: 3 } } });
      ordered = partitionsOf(await handle.fetchHistory());
    });
    expect([0, 1, 2].map((partition) => replay.tiles(partition))).toEqual(['0-50000', '0-100', '0-30000']);
    // The third has its turn before the first has its second. In what order workers take them nobody promises.
    expect(ordered.slice(0, 3)).toEqual([0, 1, 2]);
    expect(replay.saved.at(-1)).toMatchObject({ status: 'done', progress: { counts: { present: 80_100 } } });
  });

  test('a dry run ends with what was counted', async () => {
    const replay = new FakeReplay([50_000]);
    replay.start = { dryRun: true };
    await replay.run(async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'done', findings: { offsets: 50_000 } });
    });
    expect(replay.chunks).toEqual([]);
  });

  test('more partitions than a page holds: each is done, and what is kept stays small', async () => {
    const replay = new FakeReplay(Array.from({ length: 320 }, () => 10));
    await replay.run(async (handle) => {
      expect(await handle.result()).toMatchObject({
        progress: { counts: { present: 3200 }, page: 320, positions: [] },
      });
    });
    expect(new Set(replay.done).size).toBe(320);
    expect(Math.max(...replay.saved.map((one) => JSON.stringify(one).length))).toBeLessThan(16 * 1024);
  });

  test('a cap makes steps of what may be done in a while, and is shared by those under way', async () => {
    const replay = new FakeReplay([2000, 2000]);
    replay.start = { recordsPerSecond: 100 };
    await replay.run(async (handle) => void (await handle.result()));
    expect(replay.chunks[0]).toMatchObject({ from: '0', to: '250', recordsPerSecond: 50 });
    expect(replay.tiles(0)).toBe('0-2000');
  });

  test('paused and resumed: steps under way end where they are, and what is left follows exactly', async () => {
    const replay = new FakeReplay([40_000]);
    replay.hold = () => true;
    await replay.run(async (handle, state) => {
      await waitFor(async () => replay.chunks.length === 1);
      const answer = await handle.executeUpdate('pause', { args: [{ reason: 'too much', actor: 'me' }] });
      expect(answer).toEqual({ status: 'pausing' });
      await waitFor(async () => (await state()).status === 'paused');
      expect(await state()).toMatchObject({ pause: { reason: 'too much', actor: 'me' } });
      await waitFor(async () => replay.saved.at(-1)?.status === 'paused');
      replay.hold = undefined;
      await handle.signal('resume');
      expect(await handle.result()).toMatchObject({ status: 'done' });
    });
    expect(replay.done[0]).toBe('0 0-10');
    expect(replay.tiles(0)).toBe('0-40000');
  });

  test.each([
    ['by message', (handle: WorkflowHandle) => handle.signal('cancel')],
    ['by Temporal itself', (handle: WorkflowHandle) => handle.cancel().then(() => undefined)],
  ])('cancelled %s: another workflow goes on where it stopped', async (_how, cancel) => {
    const replay = new FakeReplay([40_000, 40_000]);
    replay.hold = ({ from }) => from !== '0';
    await replay.run(async (handle) => {
      await waitFor(async () => replay.chunks.length === 4);
      await cancel(handle);
      await handle.result().catch(() => undefined);
      expect(replay.saved.at(-1)).toMatchObject({ status: 'cancelled' });
    });
    const before = replay.done.length;
    replay.hold = undefined;
    await replay.run(async (handle) => {
      expect(await handle.result()).toMatchObject({ status: 'done', progress: { counts: { present: 80_000 } } });
    });
    expect(replay.done.length).toBeGreaterThan(before);
    expect([replay.tiles(0), replay.tiles(1)]).toEqual(['0-40000', '0-40000']);
  });

  test('cancelled while paused, or while it plans: it ends', async () => {
    const replay = new FakeReplay([40_000]);
    replay.hold = () => true;
    await replay.run(async (handle, state) => {
      await handle.signal('pause', 'a text and no object');
      await waitFor(async () => (await state()).status === 'paused');
      expect(await handle.executeUpdate('cancel')).toMatchObject({ status: 'cancelled' });
      expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    });
  });

  test('a step that gives up for good: the workflow fails with its code, and what was done is kept', async () => {
    const replay = new FakeReplay([40_000]);
    replay.fail = ({ from }) => {
      if (from === '0') return;
      const done = { next: '20005', counts: { ...noReplayCounts(), present: 5 } };
      throw failure('topic_recreated', { nonRetryable: true, details: [done] });
    };
    await replay.run(async (handle) => {
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'topic_recreated' } });
    });
    expect(replay.saved.at(-1)).toMatchObject({
      status: 'failed',
      failure: { code: 'topic_recreated' },
      progress: { positions: [[0, '20005']], counts: { present: 20_005 } },
    });
  });

  test('fates that do not add up: it stops rather than book them', async () => {
    const replay = new FakeReplay([100]);
    replay.activities.replayChunk = async () => ({ next: '100', counts: noReplayCounts() });
    await replay.run(async (handle) => {
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'ledger_mismatch' } });
    });
  });
});
