import type { SettlementState } from '../../src/activities/settlement';
import { noFates } from '../../src/domain/ledger';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { batchRef, kafkaRecord, PLAIN_LOG } from '../support/records';

const log = (message: string) => kafkaRecord({ ...PLAIN_LOG, message });

/** One batch of these records, and attempts on the shared queue. */
function holding(messages: string[]) {
  const worker = new MemoryWorker();
  worker.source.append(0, ...messages.map(log));
  const ref = batchRef(0, messages.length);
  const attempt = (heartbeatDetails?: unknown, lost = 0) =>
    worker.run('indexBatch', [{ ref, epoch: EPOCH, lost }], { heartbeatDetails });
  const left = () => worker.heartbeats.at(-1) as SettlementState;
  return { worker, ref, attempt, left };
}

describe('indexBatch on the shared queue, about attempts that lost their process', () => {
  test('it says first that it prepares, and no longer when that is done', async () => {
    const { worker, attempt, left } = holding(['a', 'b']);
    const unsettled = { unsettled: { code: 'elasticsearch_throttled', type: 'es_rejected', status: 429 } };
    worker.index.treat = () => unsettled;
    await expect(attempt()).rejects.toMatchObject({ type: 'elasticsearch_throttled' });
    expect(worker.heartbeats[0]).toMatchObject({ preparing: true, lost: 0 });
    expect(left()).toMatchObject({ preparing: false, lost: 0, count: 2 });
  });

  test('an attempt that fails does not count as lost', async () => {
    const { worker, attempt, left } = holding(['a', 'b']);
    for (let i = 0; i < 4; i += 1) {
      worker.source.failure = new Error('broker away');
      await expect(attempt(i === 0 ? undefined : left())).rejects.toThrow();
    }
    expect(left()).toMatchObject({ lost: 0, preparing: false });
    await attempt(left());
    expect(worker.isolation.runs).toEqual([]);
  });

  test.each([
    ['none lost', undefined, 0, 0],
    ['one lost on the own queue', undefined, 1, 0],
    ['one lost there and one here', { count: 0, settled: '', lost: 1, preparing: true }, 1, 1],
    ['two lost here', { count: 0, settled: '', lost: 1, preparing: true }, 0, 1],
    ['two lost, the last one while it indexed', { count: 0, settled: '', lost: 1, preparing: false }, 1, 0],
  ])('%s: children are used from the second on', async (_case, details, lost, runs) => {
    const { worker, attempt } = holding(['a', 'b']);
    expect((await attempt(details, lost)).fates).toEqual({ ...noFates(), indexed: 2 });
    expect(worker.isolation.runs).toHaveLength(runs);
  });

  test('a record that kills its process: one letter that says so, and all others indexed', async () => {
    const { worker, attempt } = holding(['a', 'bomb', 'b', 'c']);
    const { fates } = await attempt({ count: 0, settled: '', lost: 1, preparing: true });
    expect(fates).toEqual({ ...noFates(), indexed: 3, deadLettered: 1 });
    expect([...worker.deadLetters.letters.values()]).toMatchObject([
      {
        record: { offset: 1 },
        rejection: { code: 'process_killed', field: '', detail: expect.stringContaining('SIGABRT') },
      },
    ]);
    expect(worker.deadLetters.written).toBe(1);
    expect(worker.index.documents.size).toBe(3);
  });

  test('records that kill only together: none is quarantined', async () => {
    const { worker, attempt } = holding(Array.from({ length: 20 }, (_, i) => `heavy ${i}`));
    const { fates } = await attempt({ count: 0, settled: '', lost: 2, preparing: false });
    expect(fates).toEqual({ ...noFates(), indexed: 20 });
    expect(worker.deadLetters.written).toBe(0);
  });

  test('what an earlier attempt quarantined is not touched again', async () => {
    const { worker, attempt } = holding(['a', 'bomb', 'b']);
    const details = { count: 3, settled: 'Ag==', indexed: 0, duplicate: 0, deadLettered: 1, lost: 2, preparing: true };
    const { fates } = await attempt(details);
    expect(fates).toEqual({ ...noFates(), indexed: 2, deadLettered: 1 });
    expect(worker.isolation.runs).toEqual([[0, 2]]);
    expect(worker.deadLetters.written).toBe(0);
  });

  test('the own queue says nothing of all this', async () => {
    const { worker, ref } = holding(['a']);
    await worker.run('indexBatch', [{ ref, epoch: EPOCH }]);
    expect(worker.heartbeats).toEqual([]);
  });
});
