import { createExpireIndices } from '../../src/activities/expire-indices';
import { oldestKeptDay } from '../../src/domain/retention';
import { noFates } from '../../src/domain/ledger';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { MemoryRetention } from '../support/memory-ports';

const noon = (day: number) => Date.UTC(2026, 10, day, 12);

describe('expireIndices', () => {
  test('keeps today and as many whole days before it', async () => {
    const days = ['2026.11.20', '2026.11.21', '2026.11.22', '2026.11.23', '2026.11.24', '2026.11.25'];
    const retention = new MemoryRetention(new Set(days.map((day) => `logs-${day}`)));
    const letters = days.map((day) => `dead-letters-logs-${day}`);
    const letterRetention = new MemoryRetention(new Set(letters), 'dead-letters-logs');
    const limits = { retentionDays: 2, letterRetentionDays: 3 };
    const expire = createExpireIndices({ retention, letterRetention, ...limits, now: () => noon(24) });
    expect(await expire()).toEqual(['logs-2026.11.20', 'logs-2026.11.21', 'dead-letters-logs-2026.11.20']);
    expect(await expire()).toEqual([]);
  });

  test.each([
    [Date.UTC(2026, 10, 24), 2, '2026.11.22'],
    [Date.UTC(2026, 10, 24) - 1, 2, '2026.11.21'],
    [Date.UTC(2026, 2, 1), 1, '2026.02.28'],
    [Date.UTC(2024, 2, 1), 1, '2024.02.29'],
    [Date.UTC(2026, 0, 1), 1, '2025.12.31'],
    [noon(24), 36_500, '1926.12.19'],
  ])('at %i with %i days the oldest kept day is %s', (now, days, expected) => {
    expect(oldestKeptDay(now, days)).toBe(expected);
  });

  test('as an activity it goes by the clock of its worker', async () => {
    const worker = new MemoryWorker();
    worker.retention.names.add('logs-1900.01.01');
    worker.retention.names.add('logs-2999.01.01');
    expect(await worker.run('expireIndices', [])).toEqual(['logs-1900.01.01']);
  });
});

describe('commitOffset', () => {
  const progress = { generation: 1, ledger: { ...noFates(), first: '0', next: '7', indexed: 7 }, epochs: [] };

  test('mirrors the next offset with the ledger up to it', async () => {
    const worker = new MemoryWorker();
    const metadata = { v: 1 as const, progress, epoch: EPOCH };
    await worker.run('commitOffset', [{ partition: 3, next: '7', metadata }]);
    expect(worker.mirror.commits.get(3)).toEqual({ offset: '7', metadata: JSON.stringify(metadata) });
  });

  test('metadata of the largest state there can be fits into what Kafka keeps', async () => {
    const worker = new MemoryWorker();
    const huge = Number.MAX_SAFE_INTEGER;
    const ledger = {
      first: String(huge),
      next: String(huge),
      ...noFates(),
      indexed: huge,
      duplicate: huge,
      deadLettered: huge,
      filtered: huge,
      lostUpstream: huge,
      void: huge,
    };
    const epochs = Array.from({ length: 16 }, () => ({ number: huge, from: String(huge) }));
    const epoch = { number: huge, rulesHash: 'f'.repeat(16) };
    const metadata = { v: 1 as const, progress: { generation: huge, ledger, epochs }, epoch };
    await worker.run('commitOffset', [{ partition: 0, next: String(huge), metadata }]);
    expect(worker.mirror.commits.size).toBe(1);
  });
});
