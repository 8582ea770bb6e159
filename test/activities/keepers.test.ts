import { createExpireIndices } from '../../src/activities/expire-indices';
import type { IndexMerge } from '../../src/activities/retention-ports';
import { MockActivityEnvironment } from '@temporalio/testing';
import { PipelineError } from '../../src/domain/errors';
import type { RetentionInput, RetentionReport } from '../../src/domain/expiry';
import { createLogger } from '../../src/logger';
import { oldestKeptDay } from '../../src/domain/retention';
import { noFates } from '../../src/domain/ledger';
import { EPOCH, MemoryWorker } from '../support/activity-run';
import { MemoryExpiryLog, MemoryRetention } from '../support/memory-ports';

const noon = (day: number) => Date.UTC(2026, 10, day, 12);

describe('expireIndices', () => {
  test('keeps today and as many whole days before it', async () => {
    const days = ['2026.11.20', '2026.11.21', '2026.11.22', '2026.11.23', '2026.11.24', '2026.11.25'];
    const retention = new MemoryRetention(new Set(days.map((day) => `logs-${day}`)));
    const letters = days.map((day) => `dead-letters-logs-${day}`);
    const letterRetention = new MemoryRetention(new Set(letters), 'dead-letters-logs');
    const expiryLog = new MemoryExpiryLog();
    const limits = { topic: 'logs', retentionDays: 2, letterRetentionDays: 3 };
    let filesExpired = 0;
    const exportFolder = { expire: async () => (filesExpired += 1) };
    const seen = { exportFolder, templateDrift: async () => [], logger: createLogger('test', 'silent') };
    const ports = { retention, letterRetention, expiryLog, ...seen };
    const expire = createExpireIndices({ ...ports, ...limits, now: () => noon(24) });
    const run = (dryRun: boolean) =>
      new MockActivityEnvironment().run<[RetentionInput], RetentionReport, typeof expire>(expire, {
        topic: 'logs',
        dryRun,
      });
    const part = { generation: 1, partition: 0, documents: 7, settled: 0, from: '3', to: '12' };
    retention.parts.set('logs-2026.11.20', [part]);
    const named = ({ logs, deadLetters }: RetentionReport) =>
      [...logs.expired, ...deadLetters.expired].map(({ index }) => index);
    const expected = ['logs-2026.11.20', 'logs-2026.11.21', 'dead-letters-logs-2026.11.20'];

    expect(named(await run(true))).toEqual(expected);
    expect([retention.names.size, expiryLog.records.size, filesExpired]).toEqual([6, 0, 0]);
    const report = await run(false);
    expect(named(report)).toEqual(expected);
    expect(filesExpired).toBe(1);
    expect(report.logs).toMatchObject({ oldestKept: '2026.11.22', kept: 4, omitted: 0 });
    expect(report.logs.expired[0]).toEqual({ index: 'logs-2026.11.20', documents: 7 });
    expect(named(await run(false))).toEqual([]);
    const records = await expiryLog.list();
    expect(records.map(({ index }) => index).sort()).toEqual([...expected].sort());
    expect(records.find(({ index }) => index === 'logs-2026.11.20')).toMatchObject({
      ...{ topic: 'logs', kind: 'logs', day: '2026.11.20', documents: 7, expiredAt: '2026-11-24T12:00:00.000Z' },
      parts: [part],
    });
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

  describe('past days', () => {
    const days = ['2026.11.22', '2026.11.23', '2026.11.24'];
    const run = async (now: number, indexMerge: IndexMerge | undefined, dryRun = false) => {
      const ports = {
        retention: new MemoryRetention(new Set(days.map((day) => `logs-${day}`))),
        letterRetention: new MemoryRetention(new Set(), 'dead-letters-logs'),
        expiryLog: new MemoryExpiryLog(),
        exportFolder: { expire: async () => 0 },
        templateDrift: async () => [],
      };
      const warnings: unknown[] = [];
      const logger = { info: () => undefined, warn: (about: unknown) => void warnings.push(about) };
      const limits = { topic: 'logs', retentionDays: 9, letterRetentionDays: 9 };
      const expire = createExpireIndices({ ...ports, ...limits, indexMerge, logger, now: () => now });
      const environment = new MockActivityEnvironment();
      const input = { topic: 'logs', dryRun };
      const report = await environment.run<[RetentionInput], RetentionReport, typeof expire>(expire, input);
      return { report, warnings };
    };
    const all: IndexMerge = { merge: async (indices) => [...indices] };

    test('are merged from an hour after their end on', async () => {
      const midnight = Date.UTC(2026, 10, 24);
      const merging = async (now: number) => (await run(now, all)).report.merging;
      expect(await merging(midnight + 3_599_999)).toEqual(['logs-2026.11.22']);
      expect(await merging(midnight + 3_600_000)).toEqual(['logs-2026.11.22', 'logs-2026.11.23']);
    });

    test('are left alone in a dry run, and where that is not wanted', async () => {
      expect((await run(noon(24), all, true)).report).not.toHaveProperty('merging');
      expect((await run(noon(24), undefined)).report).not.toHaveProperty('merging');
    });

    test('that may not be merged fail nothing and are warned of', async () => {
      const refused = { merge: () => Promise.reject(new PipelineError('elasticsearch_denied', 'status 403')) };
      const { report, warnings } = await run(noon(24), refused);
      expect(report).not.toHaveProperty('merging');
      expect(report.logs.kept).toBe(3);
      expect(warnings).toEqual([{ reason: 'status 403' }]);
    });
  });

  test('an attempt that dies before the deletion records the same again', async () => {
    const worker = new MemoryWorker();
    worker.retention.names.add('logs-1900.01.01');
    const remove = worker.retention.remove.bind(worker.retention);
    worker.retention.remove = () => Promise.reject(new PipelineError('elasticsearch_unavailable', 'down'));
    await expect(worker.run('expireIndices', [])).rejects.toThrow('down');
    worker.retention.remove = remove;
    await worker.run('expireIndices', []);
    expect([...worker.expiryLog.records.keys()]).toEqual(['logs-1900.01.01 uuid-logs-1900.01.01']);
    expect([...worker.retention.names]).toEqual([]);
  });

  test('a report names as many indices as fit through Temporal', async () => {
    const worker = new MemoryWorker();
    for (let day = 0; day < 80; day += 1) worker.retention.names.add(`logs-${1800 + day}.01.01`);
    const report = await worker.run('expireIndices', [{ topic: 'logs', dryRun: true }]);
    expect(report.logs).toMatchObject({ omitted: 30, kept: 0 });
    expect(JSON.stringify(report).length).toBeLessThan(16 * 1024);
  });

  test('as an activity it goes by the clock of its worker', async () => {
    const worker = new MemoryWorker();
    worker.retention.names.add('logs-1900.01.01');
    worker.retention.names.add('logs-2999.01.01');
    const { logs } = await worker.run('expireIndices', []);
    expect(logs.expired).toEqual([{ index: 'logs-1900.01.01', documents: 0 }]);
    expect([...worker.retention.names]).toEqual(['logs-2999.01.01']);
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
