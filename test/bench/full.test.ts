import { FlagError } from '../../bench/flags';
import { compareRecords, countLog, logKey, type LogCounts } from '../../bench/full/compare-records';
import { readFullOptions } from '../../bench/full/options';

const counts = (...logs: Parameters<typeof logKey>[0][]): LogCounts => {
  const found: LogCounts = new Map();
  for (const log of logs) countLog(found, logKey(log));
  return found;
};

describe('what a full run is to do', () => {
  it('has defaults for all of it', () => {
    expect(readFullOptions({})).toEqual({
      ...{ records: 500_000, workers: [1, 2, 4], partitions: [1, 4, 8], batches: [1000, 3000, 8000], rounds: 1 },
      only: ['matrix', 'batches', 'peers', 'kill'],
    });
  });

  it.each([
    ['workers', '1,1', 'twice'],
    ['workers', '40', 'at most 16'],
    ['partitions', 'four', 'whole number'],
    ['partitions', '65', 'at most 64'],
    ['records', '10', 'from 10000'],
    ['only', 'peers,matrx', '"matrx"'],
  ])('refuses --%s %s', (flag, value, said) => {
    expect(() => readFullOptions({ [flag]: value })).toThrow(FlagError);
    expect(() => readFullOptions({ [flag]: value })).toThrow(said);
  });
});

describe('what is lost', () => {
  const [a, b] = [
    { timestamp: '2026-01-01T00:00:00.000Z', service: 'auth', request_id: '1', message: 'in' },
    { timestamp: '2026-01-01T00:00:00.001Z', service: 'auth', request_id: '1', message: 'in' },
  ];

  it('is what was sent and cannot be found; what is there too often is doubled', () => {
    expect(compareRecords(counts(a, b), counts(b, a))).toEqual({ lost: 0, doubled: 0 });
    expect(compareRecords(counts(a, b), counts(b, b, b))).toEqual({ lost: 1, doubled: 2 });
    expect(compareRecords(counts(a, b), counts())).toEqual({ lost: 2, doubled: 0 });
  });

  it('knows the time of a log by both of its names', () => {
    const { timestamp, ...rest } = a;
    expect(logKey({ ...rest, '@timestamp': timestamp })).toBe(logKey(a));
  });

  it('is counted where logs are alike', () => {
    expect(compareRecords(counts(a, a, a), counts(a))).toEqual({ lost: 2, doubled: 0 });
  });

  it('does not take a log without a field for one with an empty one', () => {
    expect(logKey({ message: 'x' })).not.toBe(logKey({ message: 'x', service: '' }));
  });
});
