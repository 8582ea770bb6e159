import { resolveRange } from '../../src/activities/replay-plan';
import { openLedger } from '../../src/domain/ledger';
import type { ReplayOrder } from '../../src/domain/replay';
import { MemoryWorker } from '../support/activity-run';
import { replayOrder } from '../support/memory-replays';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

const all = { from: 0, to: Infinity };
const never = { from: 0, to: 0 };

function progress(first: number, next: number, epochs = [{ number: 1, from: String(first) }]) {
  const ledger = { ...openLedger(String(first)), next: String(next), indexed: next - first };
  return { generation: 3, topicId: 'id', ledger, epochs };
}

describe('resolveRange', () => {
  test('a wish for everything ends at the account’s next offset: what is beyond has no fate yet', () => {
    expect(resolveRange(2, all, { low: 0, high: 100 }, never, progress(0, 80))).toEqual({
      range: { partition: 2, from: '0', to: '80', generation: 3, topicId: 'id', epochs: [{ number: 1, from: '0' }] },
      gone: 0,
      beyond: 20,
      expired: { from: 0, to: 0 },
    });
  });

  test.each([
    ['what Kafka has deleted is gone', all, { low: 30, high: 100 }, [30, 80, 30, 20]],
    ['from and to narrow it', { from: 40, to: 50 }, { low: 30, high: 100 }, [40, 50, 0, 0]],
    ['all of it deleted', { from: 0, to: 20 }, { low: 30, high: 100 }, [20, 20, 20, 0]],
    ['all of it beyond', { from: 90, to: 95 }, { low: 0, high: 100 }, [90, 90, 0, 5]],
    ['before the account: none of its offsets', { from: 0, to: 5 }, { low: 0, high: 100 }, [10, 10, 0, 0]],
  ])('%s', (_what, asked, ends, [from, to, gone, beyond]) => {
    const resolved = resolveRange(0, asked, ends, never, progress(10, 80));
    expect(resolved).toMatchObject({ range: { from: `${from}`, to: `${to}` }, beyond });
    expect(resolved.gone).toBe(Math.min(gone!, Math.max(0, Number(resolved.range.from) - 10)));
  });

  test('only the epochs of the range; what the account has forgotten is the oldest there can be', () => {
    const epochs = [
      { number: 4, from: '20' },
      { number: 5, from: '40' },
      { number: 6, from: '60' },
    ];
    const of = (from: number, to: number) =>
      resolveRange(0, { from, to }, { low: 0, high: 100 }, never, progress(0, 80, epochs)).range.epochs;
    expect(of(25, 30)).toEqual([{ number: 4, from: '20' }]);
    expect(of(10, 45).map(({ number }) => number)).toEqual([1, 4, 5]);
    expect(of(60, 80).map(({ number }) => number)).toEqual([6]);
  });
});

describe('planReplay', () => {
  const EPOCH = { number: 1, rulesHash: 'rules' };

  async function plan(order: Partial<ReplayOrder>) {
    const worker = new MemoryWorker();
    const log = (message: string) => kafkaRecord({ ...PLAIN_LOG, message });
    worker.source.append(0, ...['a', 'b', 'c', 'd'].map(log), kafkaRecord('no json'), kafkaRecord(null));
    await worker.run('indexBatch', [{ ref: batchRef(0, 6), epoch: EPOCH }]);
    worker.index.documents.delete('logs-2026.11.24/01-0000-0000000000000001');
    worker.replays.settled(0, 6);
    worker.replays.times.set(1000, 2);
    await worker.replays.create({ order: replayOrder(order), status: 'ordered' });
    return { worker, result: await worker.run('planReplay', [{ topic: 'logs', id: 'one' }]) };
  }

  test('counts what is there and what is not', async () => {
    const { result, worker } = await plan({ dryRun: true });
    expect(result).toMatchObject({ mode: 'repair', dryRun: true, ranges: 1 });
    expect(result.findings).toEqual({
      ...{ offsets: 6, documents: 3, deadLetters: 1, expired: 0, missing: 2, gone: 0, beyond: 0 },
    });
    expect(worker.replays.stored.get('one')).toMatchObject({ findings: result.findings });
  });

  test('times are offsets by Kafka’s index', async () => {
    expect((await plan({ fromMs: 1000 })).result.findings).toMatchObject({ offsets: 4 });
    expect((await plan({ toMs: 1000 })).result.findings).toMatchObject({ offsets: 2, documents: 1, missing: 1 });
  });

  test('a plan that is there stays: an attempt after it, and a workflow that goes on, take it as it is', async () => {
    const { worker, result } = await plan({});
    worker.replays.settled(0, 1000);
    expect(await worker.run('planReplay', [{ topic: 'logs', id: 'one' }])).toMatchObject({ findings: result.findings });
  });

  test.each([
    ['a partition that is not there', { partitions: [7] }, 'replay_refused'],
    ['rules that contradict each other', { rules: { slowMs: 5000 } }, 'replay_refused'],
    ['an order of another topic', { topic: 'others' }, 'replay_missing'],
  ])('%s: refused for good', async (_what, order, type) => {
    await expect(plan(order)).rejects.toMatchObject({ type, nonRetryable: true });
  });
});
