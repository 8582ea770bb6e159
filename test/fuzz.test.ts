import { fuzzInProcess } from '../fuzz/in-process';

describe('fuzzed records', () => {
  test('each has one fate, and each document says what its record said', () => {
    const counts = fuzzInProcess(10_000, 7);
    expect(counts.records).toBe(10_000);
    // The check would hold idly if nothing were ever accepted, spliced, kept exact or refused.
    expect(Math.min(counts.indexed, counts.verbatim, counts.exact)).toBeGreaterThan(10);
    expect(Object.keys(counts.rejected).length).toBeGreaterThan(5);
  }, 120_000);
});
