import { noFates } from '../../src/domain/ledger';
import { voidRange, type Flight } from '../../src/workflows/partition-progress';
import { viewOf } from '../../src/workflows/partition-view';
import { PipelineState } from '../../src/workflows/pipeline-state';
import { checkMessage } from '../../src/workflows/check-message';
import type { Orders, PartitionInput } from '../../src/workflows/contract';
import { openLedger } from '../../src/domain/ledger';

const settings = {
  batch: { maxRecords: 10, maxBytes: 1000, lingerMs: 0 },
  window: 2,
  continueAsNewBatches: 10,
  commitIntervalMs: 1000,
  rulesHash: 'a',
};
const orders: Orders = { revision: 5, paused: false, epoch: { number: 1, rulesHash: 'a' }, settings };
const input: PartitionInput = {
  topic: 'logs',
  partition: 3,
  progress: { generation: 1, ledger: openLedger('100'), epochs: [{ number: 1, from: '100' }] },
  orders,
};
const flight = (from: string, to: string, landed = true): Flight => ({
  from,
  to,
  epoch: orders.epoch,
  step: 'index',
  ...(landed ? { fates: { ...noFates(), indexed: Number(to) - Number(from) } } : {}),
});

describe('PipelineState', () => {
  test('settle: books landed flights in order and stops at the first that has not', () => {
    const state = new PipelineState(input);
    state.launch(flight('100', '110'));
    state.launch(flight('110', '120', false));
    state.launch(flight('120', '130'));
    state.settle();
    expect(state.progress.ledger).toMatchObject({ next: '110', indexed: 10 });
    expect(state.position).toBe('130');
    state.rest();
    expect(state.position).toBe('110');
  });

  test('settle: refuses a flight that leaves a hole', () => {
    const state = new PipelineState(input);
    state.launch(flight('101', '110'));
    expect(() => state.settle()).toThrow(RangeError);
    expect(state.progress.ledger.next).toBe('100');
  });

  test('obey: takes newer orders, ignores older ones, and clears a halt only when told to', () => {
    const state = new PipelineState(input);
    state.halt({ code: 'foreign_document', message: 'x', at: 'now' });
    state.obey({ ...orders, revision: 4, paused: true });
    expect(state.paused).toBe(false);
    state.obey({ ...orders, revision: 6 });
    expect(state.halted).toBe(true);
    state.obey({ ...orders, revision: 7, retryHalted: true });
    expect(state.halted).toBe(false);
  });

  test('halt: keeps the first reason', () => {
    const state = new PipelineState(input);
    state.halt({ code: 'topic_recreated', message: 'first', at: 'now' });
    state.halt({ code: 'foreign_document', message: 'second', at: 'later' });
    expect(state.failure?.message).toBe('first');
  });

  test('status: says pausing while something is in flight and paused after', () => {
    const state = new PipelineState(input);
    state.active = true;
    state.follow({ name: 'pause' });
    expect(state.status).toBe('pausing');
    state.active = false;
    expect(state.status).toBe('paused');
    state.resume();
    expect(state.status).toBe('running');
  });

  test('input: survives JSON, so that nothing is lost at continue-as-new', () => {
    const state = new PipelineState(input);
    state.launch(flight('100', '110'));
    state.settle();
    state.follow({ name: 'pause', reason: 'r', actor: 'a' });
    const again = new PipelineState(JSON.parse(JSON.stringify(state.input)) as PartitionInput);
    expect(JSON.parse(JSON.stringify(again.input))).toEqual(JSON.parse(JSON.stringify(state.input)));
    expect(again.progress.ledger.next).toBe('110');
    expect(again.paused).toBe(true);
  });

  test('commit metadata: stays under the 4,096 bytes that Kafka keeps, even with as many epochs as it remembers', () => {
    const state = new PipelineState({
      ...input,
      progress: { ...input.progress, ledger: openLedger('9007199254000000') },
    });
    for (let i = 0; i < 40; i += 1) {
      const from = String(9007199254000000 + i * 10);
      state.launch({
        ...flight(from, String(Number(from) + 10)),
        epoch: { number: 1000 + i, rulesHash: 'a'.repeat(16) },
      });
      state.settle();
    }
    expect(state.progress.epochs).toHaveLength(16);
    expect(Buffer.byteLength(JSON.stringify(state.commitMetadata))).toBeLessThan(2048);
  });
});

describe('voidRange', () => {
  test('gives every offset of the range the fate void', () => {
    expect(voidRange('5', '12')).toEqual({ ...noFates(), void: 7 });
  });

  const gapFailure = { code: 'offset_out_of_range', message: 'gone', at: 'now', gap: { from: '100', to: '150' } };

  test('acceptGap: takes on the gap it halted over, up to the end that the operator saw', () => {
    const state = new PipelineState(input);
    state.acceptGap();
    expect(state.mayLose({ from: '100', to: '150' })).toBe(false);
    state.halt(gapFailure);
    state.acceptGap({ to: '150' });
    expect(state.halted).toBe(false);
    expect(state.mayLose({ from: '100', to: '150' })).toBe(true);
    expect(state.mayLose({ from: '100', to: '151' })).toBe(false);
    expect(new PipelineState(state.input).mayLose({ from: '100', to: '150' })).toBe(true);
  });

  test('acceptGap: one order is good for one gap, whose range and loss are kept', () => {
    const state = new PipelineState(input);
    state.halt(gapFailure);
    state.acceptGap();
    const fates = { ...noFates(), duplicate: 20, lostUpstream: 30 };
    state.launch({ from: '100', to: '150', epoch: orders.epoch, step: 'gap', lostAt: 'then', fates });
    state.settle();
    expect(state.progress.ledger).toMatchObject({ next: '150', duplicate: 20, lostUpstream: 30 });
    expect(state.progress.lost).toEqual([{ from: '100', to: '150', lost: 30, at: 'then' }]);
    expect(state.mayLose({ from: '150', to: '160' })).toBe(false);
  });

  const damaged = { ...gapFailure, code: 'batch_unreadable' };

  test('acceptGap: of a damaged batch no more than what was shown, as it may be read by then', () => {
    const state = new PipelineState(input);
    state.halt(damaged);
    state.acceptGap();
    expect(state.halted).toBe(false);
    expect(state.mayLose({ from: '100', to: '150' }, 'batch_unreadable')).toBe(true);
    expect(state.mayLose({ from: '150', to: '190' }, 'batch_unreadable')).toBe(false);
    expect(state.mayLose({ from: '150', to: '190' }, 'offset_out_of_range')).toBe(false);
  });

  test('mayLose: never a damaged batch by the settings alone', () => {
    const state = new PipelineState({ ...input, orders: { ...orders, settings: { ...settings, onGap: 'accept' } } });
    expect(state.mayLose({ from: '100', to: '150' }, 'batch_unreadable')).toBe(false);
  });

  test('checkMessage: accept-gap is for what has a gap', () => {
    const state = new PipelineState(input);
    const check = () => checkMessage(state, { name: 'accept-gap' });
    expect(check).toThrow('accept-gap is for a partition halted with offset_out_of_range or batch_unreadable');
    state.halt({ ...damaged, gap: undefined });
    expect(check).toThrow('kafka-delete-records');
    state.resume();
    state.halt(damaged);
    expect(check).not.toThrow();
  });

  test('mayLose: always, where the settings say so', () => {
    const state = new PipelineState({ ...input, orders: { ...orders, settings: { ...settings, onGap: 'accept' } } });
    expect(state.mayLose({ from: '100', to: '150' })).toBe(true);
  });

  test('rebind: closes the account and opens the next generation at offset 0', () => {
    const state = new PipelineState({ ...input, committed: '100' });
    state.rebind();
    expect(state.progress.generation).toBe(1);
    state.halt({ code: 'topic_recreated', message: 'x', at: 'now' });
    state.rebind();
    expect(state.progress).toMatchObject({
      generation: 2,
      ledger: openLedger('0'),
      epochs: [{ number: 1, from: '0' }],
    });
    expect(state.progress.closed).toEqual([{ generation: 1, ledger: openLedger('100') }]);
    expect(state.committed).toBeUndefined();
    expect(state.halted).toBe(false);
  });

  test('rebind: waits for what is in flight, which belongs to the old account', () => {
    const state = new PipelineState(input);
    state.active = true;
    const last = flight('100', '110', false);
    state.launch(last);
    state.halt({ code: 'topic_recreated', message: 'x', at: 'now' });
    state.rebind();
    expect(state.halted).toBe(true);
    last.fates = { ...noFates(), indexed: 10 };
    state.settle();
    state.rest();
    expect(state.progress).toMatchObject({ generation: 2, closed: [{ ledger: { next: '110', indexed: 10 } }] });
    expect(state.halted).toBe(false);
  });

  test('rebind with keep: the same generation, and its progress is mirrored again', () => {
    const state = new PipelineState({ ...input, committed: '100' });
    state.halt({ code: 'topic_recreated', message: 'x', at: 'now' });
    state.rebind({ keep: true });
    expect(state.progress).toEqual(input.progress);
    expect(state.dirty).toBe(true);
  });

  const report = (code: string, from: string, step: 'pull' | 'index' = 'index') => ({
    ...{ code, from, step, message: 'why', since: 'then' },
  });

  test.each([
    ['elasticsearch_throttled', 'throttled'],
    ['index_blocked', 'blocked'],
    ['elasticsearch_denied', 'blocked'],
    ['topic_missing', 'blocked'],
    ['elasticsearch_unavailable', 'retrying'],
    ['no_such_code', 'retrying'],
  ])('waiting: %s shows as %s until the batch lands', (code, status) => {
    const state = new PipelineState(input);
    const under = flight('100', '110', false);
    state.launch(under);
    state.noteWaiting(report(code, '100'));
    expect(viewOf(state)).toMatchObject({ status, waiting: { code } });
    under.waiting = undefined;
    expect(state.status).toBe('running');
  });

  test('waiting: a late report is ignored, a halt and a pause come first', () => {
    const state = new PipelineState(input);
    state.noteWaiting(report('index_blocked', '100'));
    state.pullStarted('100');
    state.noteWaiting(report('kafka_unavailable', '90', 'pull'));
    expect(state.status).toBe('running');
    state.noteWaiting(report('kafka_unavailable', '100', 'pull'));
    expect(state.status).toBe('retrying');
    state.follow({ name: 'pause' });
    expect(state.status).toBe('paused');
    state.halt(gapFailure);
    expect(state.status).toBe('halted');
    state.pullEnded();
    expect(state.waiting).toBeUndefined();
  });

  test('limits: halve when throttled, grow back in steps, and travel to the next run', () => {
    const wide = { ...settings, batch: { maxRecords: 10_000, maxBytes: 8 * 1024 * 1024, lingerMs: 0 } };
    const state = new PipelineState({ ...input, orders: { ...orders, settings: wide } });
    state.launch(flight('100', '110', false));
    state.noteWaiting(report('elasticsearch_throttled', '100'));
    expect(state.limits).toEqual({ maxRecords: 5000, maxBytes: 4 * 1024 * 1024, lingerMs: 0 });
    const next = new PipelineState(state.input);
    expect(next.limits.maxRecords).toBe(5000);
    for (let i = 0; i < 8; i += 1) next.grow();
    expect(next.limits).toEqual(wide.batch);
    for (let i = 0; i < 20; i += 1) next.shrink();
    expect(next.limits).toEqual({ maxRecords: 78, maxBytes: 64 * 1024, lingerMs: 0 });
  });

  test('the commit metadata fits, however much has happened', () => {
    const far = String(2 ** 53 - 10_000);
    const state = new PipelineState({ ...input, progress: { ...input.progress, ledger: openLedger(far) } });
    for (let i = 0; i < 40; i += 1) {
      const from = state.progress.ledger.next;
      const to = String(Number(from) + 100);
      const fates = { ...noFates(), lostUpstream: 100 };
      const at = new Date(0).toISOString();
      state.launch({ from, to, epoch: { number: 1_000_000 + i, rulesHash: 'a' }, step: 'gap', lostAt: at, fates });
      state.settle();
    }
    const { ledger } = state.progress;
    state.progress.closed = [1, 2, 3].map((generation) => ({ generation, ledger }));
    expect(Buffer.byteLength(JSON.stringify(state.commitMetadata))).toBeLessThan(4096);
  });
});
