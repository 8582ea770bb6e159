import { fitMetadata } from '../../src/activities/commit-offset';
import type { Hold } from '../../src/workflows/contract';
import { Holds } from '../../src/workflows/holds';
import { partitionInput } from '../support/workflow-environment';

const pause: Hold = { kind: 'pause', since: '1' };
const drain: Hold = { kind: 'drain', since: '2' };
const { orders } = partitionInput();

describe('Holds', () => {
  test('either level is enough, and the nearer offset counts', () => {
    const holds = new Holds({ kind: 'stop-at', since: '1', offset: '50' }, undefined, orders);
    holds.obey({ ...orders, hold: { kind: 'stop-at', since: '2', offset: '9' } });
    expect(holds.limit).toBe('9');
    expect([holds.inForce('8'), holds.inForce('9')?.since]).toEqual([undefined, '2']);
    holds.obey({ ...orders, hold: undefined });
    expect(holds.limit).toBe('50');
    holds.place(pause);
    expect([holds.limit, holds.inForce('0')]).toEqual([undefined, pause]);
  });

  test('a drain has no end until it is found, and keeps it when the same order comes again', () => {
    const holds = new Holds(undefined, undefined, { ...orders, hold: drain });
    expect([holds.endless, holds.inForce('99'), holds.pending]).toEqual([drain, undefined, drain]);
    holds.endAt('7', [undefined, holds.topic]);
    holds.obey({ ...orders, hold: drain });
    expect(holds.inForce('7')?.offset).toBe('7');
    holds.obey({ ...orders, hold: { ...drain, since: '3' } });
    expect(holds.endless?.since).toBe('3');
  });

  test('an end that was read before a drain was ordered is not its end', () => {
    const holds = new Holds(drain, undefined, orders);
    const ordered = [holds.own];
    holds.place({ ...drain, since: '3' });
    holds.endAt('7', ordered);
    expect(holds.endless?.since).toBe('3');
  });

  test('a pause that is on its way holds until it comes, until somebody resumes, or until it is given up', () => {
    const holds = new Holds(undefined, undefined, orders);
    const expected = () => holds.standby.begin({ requestId: 'r1', reason: 'x' });
    expected();
    expect(holds.inForce('0')).toMatchObject({ kind: 'pause', reason: 'x' });
    expect(new Holds(undefined, undefined, orders, holds.standby.order).inForce('0')).toEqual(holds.inForce('0'));
    expect([holds.own, holds.topic, holds.text]).toEqual([undefined, undefined, undefined]);
    holds.obey({ ...orders, answers: 'another' });
    expect(holds.inForce('0')).toBeDefined();
    holds.obey({ ...orders, answers: 'r1' });
    expect(holds.inForce('0')).toBeUndefined();
    expected();
    holds.place(pause, 'r1');
    expect([holds.inForce('0'), holds.standby.order]).toEqual([pause, undefined]);
    expected();
    holds.lift();
    expect(holds.inForce('0')).toBeUndefined();
    expected();
    expect(Date.parse(holds.standby.expiresAt!)).toBeGreaterThan(Date.now());
    holds.standby.expire();
    expect([holds.inForce('0'), holds.standby.expiresAt]).toEqual([undefined, undefined]);
  });

  test('takes a pause of a supervisor of before', () => {
    const holds = new Holds(undefined, undefined, { ...orders, paused: true, note: { reason: 'x' } });
    expect(holds.inForce('0')).toMatchObject({ kind: 'pause', reason: 'x' });
  });

  test('is mirrored within 4,096 bytes, whatever the reason', () => {
    const { progress } = partitionInput();
    const epochs = Array.from({ length: 16 }, (_, i) => ({ number: 1000 + i, from: String(9e15 + i) }));
    const own = { ...pause, reason: '\u0001'.repeat(500), actor: '💥'.repeat(50) };
    const kept = { v: 1 as const, progress: { ...progress, epochs }, epoch: orders.epoch };
    const text = fitMetadata({ ...kept, holds: { revision: 1, own, topic: own } });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(JSON.parse(text)).toMatchObject({ ...kept, holds: { own: { kind: 'pause', since: '1' } } });
  });
});
