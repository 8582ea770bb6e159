import { BodyMemory } from '../../src/elasticsearch/body-memory';

const MIB = 2 ** 20;

describe('BodyMemory', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('what was given back serves the next body of about that size, and only one', () => {
    const memory = new BodyMemory();
    const first = memory.take(20 * MIB);
    expect(first.length).toBeGreaterThanOrEqual(20 * MIB);
    // As a body ends before its memory does.
    memory.giveBack(first.subarray(0, 5));
    const second = memory.take(19 * MIB);
    expect(second.buffer).toBe(first.buffer);
    expect(second.length).toBe(first.length);
    expect(memory.take(19 * MIB).buffer).not.toBe(first.buffer);
  });

  test('a body that is larger, and one that is far smaller, have memory of their own', () => {
    const memory = new BodyMemory();
    const first = memory.take(20 * MIB);
    memory.giveBack(first);
    expect(memory.take(first.length + 1).buffer).not.toBe(first.buffer);
    expect(memory.take(5 * MIB).buffer).not.toBe(first.buffer);
  });

  test('what is not of this memory is left alone: it may share its own with others', () => {
    const memory = new BodyMemory();
    const foreign = Buffer.allocUnsafeSlow(8 * MIB);
    memory.giveBack(foreign);
    memory.giveBack(new BodyMemory().take(8 * MIB));
    expect(memory.take(8 * MIB).buffer).not.toBe(foreign.buffer);
  });

  test('larger ones of a backlog that is over give way to those that are in use', () => {
    const memory = new BodyMemory();
    const before = [20, 20, 20, 20].map((size) => memory.take(size * MIB));
    for (const one of before) memory.giveBack(one);
    const reused = Array.from({ length: 20 }, () => {
      const one = memory.take(3 * MIB);
      memory.giveBack(one);
      return one.buffer;
    });
    expect(new Set(reused).size).toBe(1);
    for (const one of [1, 1, 1].map((size) => memory.take(size * MIB))) memory.giveBack(one);
    const again = [20, 20, 20, 20].map((size) => memory.take(size * MIB).buffer);
    expect(again.filter((buffer) => before.some((one) => one.buffer === buffer))).toEqual([]);
  });

  test('a few are kept, the last, and none when nobody needs one for a while', () => {
    const memory = new BodyMemory();
    const taken = [1, 3, 9, 27, 81, 243].map((size) => memory.take(size * MIB));
    for (const one of taken) memory.giveBack(one);
    const again = taken.map(({ length }) => memory.take(length));
    expect(again.map(({ buffer }, turn) => buffer === taken[turn]!.buffer)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
    for (const one of again) memory.giveBack(one);
    jest.advanceTimersByTime(10_000);
    expect(memory.take(243 * MIB).buffer).not.toBe(again[5]!.buffer);
  });
});
