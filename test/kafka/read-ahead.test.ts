import fc from 'fast-check';
import { recordBytes, type KafkaRecord } from '../../src/domain/record';
import { ReadAhead } from '../../src/kafka/read-ahead';
import { kafkaRecord } from '../support/records';

const record = (offset: number, size = 1): KafkaRecord => kafkaRecord(Buffer.alloc(size), { offset });
const ALL = { maxRecords: Infinity, maxBytes: Infinity };

/** A fetch that covers `length` offsets from where the last one ended; `sizes[i]` is undefined where there is no record. */
const fetches = fc.array(fc.array(fc.option(fc.nat(50), { nil: undefined }), { minLength: 1, maxLength: 8 }), {
  maxLength: 6,
});
const takes = fc.record({
  maxRecords: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Infinity)),
  maxBytes: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(Infinity)),
  beforeBy: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
});

describe('ReadAhead, against a plain list', () => {
  test('ranges follow without a hole, every record comes exactly once, within the limits', () => {
    fc.assert(
      fc.property(fc.nat(100), fetches, fc.array(takes, { maxLength: 20 }), fc.nat(3), (from, added, taken, every) => {
        const ahead = new ReadAhead(from);
        const model: KafkaRecord[] = [];
        const waiting = [...added];
        let next = from;
        const addOne = () => {
          const sizes = waiting.shift();
          if (!sizes) return;
          const start = ahead.fetchFrom;
          const records = sizes.flatMap((size, i) => (size === undefined ? [] : [record(start + i, size)]));
          model.push(...records);
          ahead.add(records, start + sizes.length, 0);
        };
        taken.forEach(({ maxRecords, maxBytes, beforeBy }, step) => {
          if (step % (every + 1) === 0) addOne();
          const before = beforeBy === undefined ? Infinity : next + beforeBy;
          const range = ahead.take({ maxRecords, maxBytes, before });

          const expected: KafkaRecord[] = [];
          let bytes = 0;
          for (const one of model) {
            const tooMuch = expected.length > 0 && bytes + recordBytes(one) > maxBytes;
            if (one.offset >= before || expected.length >= maxRecords || tooMuch) break;
            expected.push(one);
            bytes += recordBytes(one);
          }
          model.splice(0, expected.length);
          expect(range.records).toEqual(expected);
          expect(range.bytes).toBe(bytes);
          expect(range.to).toBeGreaterThanOrEqual((expected.at(-1)?.offset ?? next - 1) + 1);
          expect(range.to).toBeLessThanOrEqual(Math.min(before, model[0]?.offset ?? Infinity, ahead.fetchFrom));
          next = range.to;
          expect(ahead.next).toBe(next);
          expect(ahead.count).toBe(model.length);
          expect(ahead.bytes).toBe(model.reduce((sum, one) => sum + recordBytes(one), 0));
        });
        const rest = ahead.take(ALL);
        expect(rest.records).toEqual(model);
        expect(rest.to).toBe(ahead.fetchFrom);
        expect(ahead.bytes).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('ReadAhead', () => {
  test('nothing read yet: the range is empty and stays where it is', () => {
    const ahead = new ReadAhead(7);
    expect(ahead.take(ALL)).toEqual({ records: [], to: 7, bytes: 0 });
    expect(ahead.dueAt(0)).toBeUndefined();
  });

  test('a stretch without records: an empty range that moves on', () => {
    const ahead = new ReadAhead(0);
    ahead.add([], 10, 1);
    expect(ahead.dueAt(0)).toBeUndefined();
    expect(ahead.take(ALL)).toEqual({ records: [], to: 10, bytes: 0 });
  });

  test('offsets without a record at the edges fall into the range around them', () => {
    const ahead = new ReadAhead(0);
    ahead.add([record(3), record(5)], 9, 1);
    expect(ahead.take({ ...ALL, maxRecords: 1 }).to).toBe(4);
    expect(ahead.take(ALL).to).toBe(9);
  });

  test('one record above the byte limit makes a range of its own', () => {
    const ahead = new ReadAhead(0);
    ahead.add([record(0, 100), record(1, 1)], 2, 1);
    expect(ahead.take({ maxRecords: 10, maxBytes: 10 })).toMatchObject({ to: 1, bytes: 100 });
    expect(ahead.take({ maxRecords: 10, maxBytes: 10 })).toMatchObject({ to: 2, bytes: 1 });
  });

  test('`before` inside a gap: the range ends exactly there', () => {
    const ahead = new ReadAhead(0);
    ahead.add([record(0), record(9)], 10, 1);
    expect(ahead.take({ ...ALL, before: 5 })).toMatchObject({ to: 5 });
    expect(ahead.take({ ...ALL, before: 10 })).toMatchObject({ to: 10 });
  });

  test('the waiting time is that of the oldest record not taken', () => {
    const ahead = new ReadAhead(0);
    ahead.add([record(0)], 1, 100);
    ahead.add([record(1)], 2, 200);
    expect(ahead.dueAt(0)).toBe(100);
    ahead.take({ ...ALL, maxRecords: 1 });
    expect(ahead.dueAt(0)).toBe(200);
  });

  test('a stretch without records waits since it came, until there is a record', () => {
    const ahead = new ReadAhead(0);
    expect(ahead.emptySince).toBeUndefined();
    ahead.add([], 3, 100);
    ahead.add([], 4, 200);
    expect([ahead.emptySince, ahead.dueAt(0)]).toEqual([100, undefined]);
    ahead.add([record(4)], 5, 300);
    expect([ahead.emptySince, ahead.dueAt(0)]).toEqual([undefined, 300]);
    ahead.take(ALL);
    expect(ahead.emptySince).toBeUndefined();
  });

  test('it fills the limits by records or by bytes, keys counted', () => {
    const ahead = new ReadAhead(0);
    ahead.add([kafkaRecord(Buffer.alloc(4), { key: Buffer.alloc(6) }), kafkaRecord(null, { offset: 1 })], 2, 1);
    expect(ahead.bytes).toBe(10);
    expect(ahead.fills({ maxRecords: 2, maxBytes: Infinity })).toBe(true);
    expect(ahead.fills({ maxRecords: 3, maxBytes: 10 })).toBe(true);
    expect(ahead.fills({ maxRecords: 3, maxBytes: 11 })).toBe(false);
    expect([ahead.covers(2), ahead.covers(3)]).toEqual([true, false]);
  });
});

describe('when a batch need not wait for more', () => {
  const some = (count: number, from = 0, size = 1) => Array.from({ length: count }, (_, i) => record(from + i, size));

  test('nothing waits while nothing is there, offsets without a record neither', () => {
    const ahead = new ReadAhead(0);
    expect(ahead.dueAt(1000)).toBeUndefined();
    ahead.add([], 5, 10);
    expect(ahead.dueAt(1000)).toBeUndefined();
  });

  test('the first record waits for the linger, and not anew with each that comes', () => {
    const ahead = new ReadAhead(0);
    ahead.add(some(10), 10, 100);
    ahead.add(some(10, 10), 20, 900);
    expect(ahead.dueAt(1000)).toBe(1100);
    ahead.take({ maxRecords: 10, maxBytes: Infinity });
    expect(ahead.dueAt(1000)).toBe(1900);
  });

  test('many records wait for three quarters of the linger', () => {
    const ahead = new ReadAhead(0);
    ahead.add(some(99), 99, 100);
    expect(ahead.dueAt(1000)).toBe(1100);
    ahead.add(some(1, 99), 100, 400);
    expect([ahead.dueAt(1000), ahead.dueAt(0)]).toEqual([850, 100]);
    ahead.take({ maxRecords: 99, maxBytes: Infinity });
    expect(ahead.dueAt(1000)).toBe(1400);
  });

  test.each([
    ['records', 1, 5000, 750],
    ['bytes', 1024 * 1024, 2, 1000],
  ])(
    'a large batch, by its %s, waits at the end only as long as more comes, and never longer than the linger',
    (_by, size, count, wait) => {
      const ahead = new ReadAhead(0);
      ahead.add(some(count - 1, 0, size), count - 1, 100, true);
      expect(ahead.dueAt(1000)).toBe(100 + wait);
      ahead.add(some(1, count - 1, size), count, 200, true);
      expect(ahead.dueAt(1000)).toBe(500);
      expect(ahead.dueAt(0)).toBe(100);
      ahead.add(some(1, count, size), count + 1, 300);
      expect(ahead.dueAt(1000)).toBe(100 + wait);
      ahead.add(some(1, count + 1, size), count + 2, 950, true);
      expect(ahead.dueAt(1000)).toBe(100 + wait);
    },
  );
});
