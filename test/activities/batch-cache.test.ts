import { BatchCache } from '../../src/activities/batch-cache';
import type { PreparedBatch } from '../../src/activities/prepare-batch';
import { batchRef, kafkaRecord } from '../support/records';

const records = [kafkaRecord('x')];
const one = batchRef(0, 1);
const two = batchRef(1, 2);
const prepared = (epoch: number, bytes: number): PreparedBatch => ({
  epoch,
  records,
  parts: [
    {
      index: 'logs',
      body: Buffer.allocUnsafeSlow(bytes),
      starts: Uint32Array.of(0, bytes),
      offsets: [0],
      places: [],
    },
  ],
  positions: [[0]],
  rejected: [],
  several: [],
  filtered: 0,
  anomalies: 0,
  writers: 0,
});

describe('BatchCache', () => {
  test('holds a batch until it is released, by topic, generation, partition and range', () => {
    const cache = new BatchCache(100);
    cache.put(one, records, 10);
    expect(cache.records(one)).toBe(records);
    for (const other of [
      two,
      { ...one, partition: 1 },
      { ...one, generation: 2 },
      { ...one, topic: 'x' },
      { ...one, to: '2' },
    ]) {
      expect(cache.records(other)).toBeUndefined();
    }
    cache.release(one);
    cache.release(one);
    expect(cache.records(one)).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  test('takes no more than its bytes, but when it is empty any batch', () => {
    const cache = new BatchCache(100);
    expect(cache.hasRoom(1000)).toBe(true);
    cache.put(one, records, 60);
    expect([cache.hasRoom(40), cache.hasRoom(41)]).toEqual([true, false]);
    cache.release(one);
    expect(cache.hasRoom(1000)).toBe(true);
  });

  test('the same batch put twice counts once', () => {
    const cache = new BatchCache(100);
    cache.put(one, records, 60);
    cache.put(one, records, 30);
    expect(cache.bytes).toBe(30);
  });

  test('a prepared batch counts beside its records, and anew only by what has changed', () => {
    const cache = new BatchCache(1000);
    cache.put(one, records, 10);
    cache.keepPrepared(one, prepared(1, 100));
    expect(cache.bytes).toBe(110);
    cache.keepPrepared(one, prepared(2, 200));
    expect(cache.bytes).toBe(210);
    expect(cache.prepared(one, 1)).toBeUndefined();
    expect(cache.prepared(one, 2)?.epoch).toBe(2);
    cache.release(one);
    expect(cache.bytes).toBe(0);
  });

  test('a batch that is not held is not prepared either', () => {
    const cache = new BatchCache(1000);
    cache.keepPrepared(one, prepared(1, 100));
    expect(cache.bytes).toBe(0);
    expect(cache.prepared(one, 1)).toBeUndefined();
  });

  test('gives up what nobody touched for a minute, and only when room is wanted', () => {
    let now = 0;
    const cache = new BatchCache(100, () => now);
    cache.put(one, records, 50);
    cache.put(two, records, 50);
    now = 40_000;
    cache.records(two);
    now = 61_000;
    expect(cache.bytes).toBe(100);
    expect(cache.hasRoom(50)).toBe(true);
    expect(cache.records(one)).toBeUndefined();
    expect(cache.records(two)).toBe(records);
    expect(cache.hasRoom(51)).toBe(false);
  });
});
