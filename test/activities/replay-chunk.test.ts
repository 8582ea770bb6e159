import type { ApplicationFailure } from '@temporalio/activity';
import type { ReplayChunkInput, ReplayChunkResult } from '../../src/activities/replay-chunk';
import { PipelineError } from '../../src/domain/errors';
import type { KafkaRecord } from '../../src/domain/record';
import { noReplayCounts, sumReplayCounts, type ReplayMode, type ReplayOrder } from '../../src/domain/replay';
import { MemoryWorker } from '../support/activity-run';
import { replayOrder } from '../support/memory-replays';
import { APPENDED_AT, batchRef, kafkaRecord, PLAIN_LOG, RULES } from '../support/records';

const EPOCH = { number: 1, rulesHash: 'rules' };
const DAY = 86_400_000;
const log = (message: string, more: object = {}) => kafkaRecord({ ...PLAIN_LOG, message, ...more });
const logs = (count: number) => Array.from({ length: count }, (_, i) => log(`log ${i}`));
const key = (offset: number) => `logs-2026.11.24/01-0000-${String(offset).padStart(16, '0')}`;

/** A partition whose records the live pipeline has all settled, and replays of it. */
async function settled(records: (KafkaRecord | undefined)[], options: { retentionDays?: number } = {}) {
  const worker = new MemoryWorker(options);
  worker.source.append(0, ...records);
  await worker.run('indexBatch', [{ ref: batchRef(0, records.length), epoch: EPOCH }]);
  worker.replays.settled(0, records.length);
  const plan = async (order: Partial<ReplayOrder> & { mode?: ReplayMode } = {}) => {
    const wanted = replayOrder({ id: `r-${worker.replays.stored.size}`, ...order });
    await worker.replays.create({ order: wanted, status: 'ordered' });
    await worker.run('planReplay', [{ topic: 'logs', id: wanted.id }]);
    return wanted.id;
  };
  const chunk = (
    id: string,
    change: Partial<ReplayChunkInput> = {},
    attempt: Parameters<MemoryWorker['run']>[2] = {},
  ): Promise<ReplayChunkResult> => {
    const input = { topic: 'logs', id, partition: 0, from: '0', to: String(records.length), ...change };
    return worker.run('replayChunk', [input], attempt);
  };
  const replay = async (order: Partial<ReplayOrder> = {}) => chunk(await plan(order));
  return { worker, plan, chunk, replay };
}

/** The record of a deletion of the index of the day of all records here. */
const deletedDay = (kind: 'logs' | 'dead_letters', [from, to]: [number, number]) => ({
  ...{ topic: 'logs', kind, index: `${kind === 'logs' ? '' : 'dead-letters-'}logs-2026.11.24`, uuid: 'deleted' },
  ...{ day: '2026.11.24', documents: to - from, expiredAt: '' },
  parts: [{ generation: 1, partition: 0, documents: to - from, settled: 0, from: String(from), to: String(to) }],
});

const counts = (some: Partial<ReplayChunkResult['counts']>) => ({ ...noReplayCounts(), ...some });

describe('a repair', () => {
  test('nothing is missing: nothing is written', async () => {
    const { worker, replay } = await settled([
      log('a'),
      undefined,
      kafkaRecord('no json'),
      kafkaRecord(null),
      log('b'),
    ]);
    const before = structuredClone([...worker.index.documents]);
    const { next, counts: found } = await replay();
    expect(next).toBe('5');
    expect(found).toEqual(counts({ present: 2, deadLettered: 1, filtered: 1, void: 1 }));
    expect([...worker.index.documents]).toEqual(before);
  });

  test('documents and letters that are missing are written, and only these', async () => {
    const { worker, replay } = await settled([...logs(4), kafkaRecord('no json')]);
    worker.index.documents.delete(key(1));
    worker.index.documents.delete(key(3));
    worker.letters.letters.clear();
    const { counts: found } = await replay();
    expect(found).toEqual(counts({ written: 2, present: 2, deadLettered: 1 }));
    expect(worker.letters.states).toEqual({ 4: 'open' });
    expect(worker.index.documents.size).toBe(4);
  });

  test('each offset is written under its own epoch', async () => {
    const { worker, replay } = await settled(logs(6));
    worker.index.documents.clear();
    worker.replays.newest = { number: 7, rulesHash: 'rules' };
    worker.replays.settled(0, 6, {
      epochs: [
        { number: 2, from: '0' },
        { number: 5, from: '3' },
        { number: 7, from: '5' },
      ],
    });
    await replay();
    const versions = [0, 1, 2, 3, 4, 5].map((offset) => worker.index.documents.get(key(offset))!.version);
    expect(versions).toEqual([2, 2, 2, 5, 5, 7]);
  });

  test('an epoch that is forgotten counts as the oldest one there can be: no document is overwritten', async () => {
    const { worker, replay } = await settled(logs(4));
    worker.replays.settled(0, 4, { epochs: [{ number: 20, from: '2' }] });
    worker.index.documents.delete(key(0));
    await replay();
    expect(worker.index.documents.get(key(0))!.version).toBe(1);
    expect(worker.index.documents.get(key(1))!.version).toBe(1);
  });

  test('a record that would be refused now keeps its document, and gets no letter', async () => {
    const { worker, replay } = await settled(logs(2));
    worker.index.documents.delete(key(1));
    worker.index.treat = () => 'reject';
    expect((await replay()).counts).toEqual(counts({ present: 1, deadLettered: 1 }));
    expect(worker.letters.states).toEqual({ 1: 'open' });
  });

  test('a letter that stands for its record is left as it is, and the record is not decoded', async () => {
    const { worker, plan, chunk } = await settled([kafkaRecord('no json'), log('a')]);
    const [id] = worker.letters.letters.keys();
    worker.letters.alter(id!, { edited: true, state: 'redriven' });
    const before = structuredClone(worker.letters.letters.get(id!)!.document);
    expect((await chunk(await plan({ mode: 'rescore' }))).counts).toMatchObject({ deadLettered: 1 });
    expect(worker.letters.letters.get(id!)!.document).toEqual(before);
  });

  test('records of a day that is not kept any more are filtered, and no index is created anew', async () => {
    const old = { ...log('old'), timestamp: APPENDED_AT - 400 * DAY };
    const { worker, replay } = await settled([old, log('new')], { retentionDays: 300 });
    worker.index.documents.clear();
    expect((await replay()).counts).toEqual(counts({ expired: 1, written: 1 }));
    expect([...worker.index.documents.keys()]).toEqual([key(1)]);
  });

  test('a day that the retention has recorded as deleted is not written anew, though it would be kept now', async () => {
    const { worker, replay, plan } = await settled([log('a'), log('b'), kafkaRecord('no json')]);
    worker.index.documents.clear();
    worker.letters.letters.clear();
    await worker.expiryLog.write(deletedDay('logs', [0, 2]));
    expect((await replay()).counts).toEqual(counts({ expired: 3 }));
    expect((await replay({ mode: 'shadow' })).counts).toEqual(counts({ expired: 3 }));
    expect([worker.index.documents.size, worker.letters.letters.size]).toEqual([0, 0]);
    const findings = worker.replays.stored.get(await plan())!.findings;
    expect(findings).toMatchObject({ offsets: 3, documents: 0, expired: 2, missing: 1 });
  });

  test('an index of that day which came later: what the deleted one held stays gone, the rest is repaired', async () => {
    const { worker, replay } = await settled(logs(4));
    worker.retention.names.add('logs-2026.11.24');
    worker.index.documents.clear();
    await worker.expiryLog.write(deletedDay('logs', [0, 2]));
    expect((await replay()).counts).toEqual(counts({ expired: 2, written: 2 }));
    await worker.expiryLog.write({ ...deletedDay('logs', [2, 4]), uuid: 'uuid-logs-2026.11.24' });
    worker.index.documents.clear();
    expect((await replay()).counts).toEqual(counts({ expired: 2, written: 2 }));
  });

  test('a letter whose index went for its age is not written again', async () => {
    const { worker, replay } = await settled([log('a'), kafkaRecord('no json')]);
    worker.letters.letters.clear();
    await worker.expiryLog.write(deletedDay('dead_letters', [1, 2]));
    expect((await replay()).counts).toEqual(counts({ present: 1, expired: 1 }));
    expect(worker.letters.letters.size).toBe(0);
  });

  test('what Kafka has deleted since the plan is gone, and no error', async () => {
    const { worker, plan, chunk } = await settled(logs(5));
    const id = await plan();
    worker.source.deleteBefore(0, 3);
    expect(await chunk(id)).toMatchObject({ next: '5', counts: counts({ gone: 3, present: 2 }) });
  });

  test('an attempt that died goes on behind what it had done, and counts each offset once', async () => {
    const { worker, plan, chunk } = await settled(logs(10));
    worker.index.documents.clear();
    const id = await plan();
    const first = await chunk(id, { to: '4' });
    const again = await chunk(id, {}, { heartbeatDetails: first });
    expect(again).toMatchObject({ next: '10', counts: counts({ written: 10 }) });
    expect(worker.index.requests.slice(-2)).toEqual([4, 6]);
  });

  test('a failure says what is done, and the next attempt sends the rest of the stretch', async () => {
    const { worker, plan, chunk } = await settled(logs(10));
    worker.index.documents.clear();
    const id = await plan();
    const throttled = { unsettled: { code: 'elasticsearch_throttled', type: 'x', status: 429 } };
    worker.index.treat = ({ message }) => (message === 'log 3' ? throttled : 'store');
    const error = (await chunk(id).catch((reason: unknown) => reason)) as ApplicationFailure;
    expect(error).toMatchObject({ type: 'elasticsearch_throttled', nonRetryable: false });
    expect(error.details?.[0]).toMatchObject({ next: '0', failed: true, stretch: { settled: { indexed: 9 } } });
    worker.index.treat = () => 'store';
    const { counts: found } = await chunk(id, {}, { heartbeatDetails: error.details?.[0] });
    expect(found).toEqual(counts({ written: 10 }));
    expect(worker.index.requests.slice(-2)).toEqual([10, 1]);
  });

  test('cancelled, it ends behind a whole stretch and says where', async () => {
    const { plan, chunk } = await settled(logs(50));
    const result = await chunk(
      await plan(),
      { recordsPerSecond: 10 },
      { whileRunning: (environment) => setTimeout(() => environment.cancel(), 100) },
    );
    expect(result).toMatchObject({ next: '10', counts: counts({ present: 10 }) });
  });

  test('two attempts that lost their process: the next one prepares in a child', async () => {
    const { worker, plan, chunk } = await settled(logs(3));
    worker.index.documents.clear();
    const heartbeatDetails = { next: '0', counts: noReplayCounts(), lost: 1 };
    expect((await chunk(await plan(), {}, { heartbeatDetails })).counts).toEqual(counts({ written: 3 }));
    expect(worker.isolation.runs).not.toEqual([]);
  });

  test('a worker with other rules does not take it', async () => {
    const { worker, plan, chunk } = await settled(logs(1));
    const id = await plan();
    worker.replays.newest = { number: 2, rulesHash: 'others' };
    await expect(chunk(id)).rejects.toMatchObject({ type: 'epoch_mismatch', nonRetryable: false });
  });

  test('another topic of the name: a halt', async () => {
    const { worker, plan, chunk } = await settled(logs(1));
    const id = await plan();
    worker.source.failure = new PipelineError('topic_recreated', 'another one');
    await expect(chunk(id)).rejects.toMatchObject({ type: 'topic_recreated', nonRetryable: true });
  });
});

describe('a rescore', () => {
  test('every document is written under the newest epoch, and an older attempt loses', async () => {
    const { worker, replay } = await settled(logs(3));
    worker.replays.newest = { number: 4, rulesHash: 'rules' };
    const result = await replay({ mode: 'rescore' });
    expect(result).toMatchObject({ epoch: 4, counts: counts({ written: 3 }) });
    expect([...worker.index.documents.values()].map(({ version }) => version)).toEqual([4, 4, 4]);
    await worker.run('indexBatch', [{ ref: batchRef(0, 3), epoch: EPOCH }]);
    expect([...worker.index.documents.values()].map(({ version }) => version)).toEqual([4, 4, 4]);
  });
});

describe('a shadow', () => {
  test('says what other rules would change, and writes nothing', async () => {
    const records = [log('calm'), log('bad', { level: 'error' }), log('worse', { level: 'fatal' }), kafkaRecord('x')];
    const { worker, replay } = await settled(records);
    worker.index.documents.delete(key(0));
    const before = structuredClone([...worker.index.documents]);
    const requests = worker.index.requests.length;
    const { counts: found, shadow } = await replay({ mode: 'shadow', rules: { error: 70, fatal: 0 } });
    expect(found).toEqual(counts({ present: 2, deadLettered: 1, missing: 1 }));
    expect(shadow).toMatchObject({ compared: 2, gained: 1, lost: 1, rescored: 2 });
    expect(shadow!.examples).toEqual([
      { id: '01-0000-0000000000000001', before: RULES.error, after: 70, change: 'gained', rules: ['level_error'] },
      { id: '01-0000-0000000000000002', before: RULES.fatal, after: 0, change: 'lost', rules: [] },
    ]);
    expect([shadow!.before[4], shadow!.before[6], shadow!.after[7], shadow!.after[0]]).toEqual([1, 1, 1, 1]);
    expect([...worker.index.documents]).toEqual(before);
    expect(worker.index.requests).toHaveLength(requests);
  });
});

test('whatever a range holds, its fates add up to its offsets', async () => {
  const mixed = Array.from(
    { length: 40 },
    (_, i) => [log(`l ${i}`), undefined, kafkaRecord(null), kafkaRecord('x')][i % 4],
  );
  const { worker, replay } = await settled(mixed);
  worker.index.documents.delete(key(8));
  for (const mode of ['repair', 'rescore', 'shadow'] as const) {
    expect(sumReplayCounts((await replay({ mode })).counts)).toBe(40);
  }
});
