import { noFates } from '../../src/domain/ledger';
import { PipelineState, voidRange, type Flight } from '../../src/workflows/pipeline-state';
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
    state.dropFlights();
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
    state.pause();
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
    state.pause({ reason: 'r', actor: 'a' });
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
});
