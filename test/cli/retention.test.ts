import type { RetentionRun } from '../../src/api/retention/ports';
import type { RetentionReport } from '../../src/domain/expiry';
import { fakeRetention } from '../api/fakes';
import { sluice, startApi, stopApis } from './run-cli';

afterEach(stopApis);

const kept = { oldestKept: '2026.11.22', kept: 3, expired: [], omitted: 0 };
const report: RetentionReport = {
  ...{ dryRun: true, at: '2026-11-24T12:00:01.000Z', deadLetters: kept },
  logs: { ...kept, expired: [{ index: 'logs-2026.11.20', documents: 1200 }], omitted: 1 },
};

/** An API whose retention run ends as given, and what was started there. */
async function retentionApi(run: Partial<RetentionRun> = {}) {
  const started: unknown[][] = [];
  const runs = {
    schedule: async () => ({ paused: true, note: 'wait for\nthe audit', runs: [] }),
    start: async (...order: unknown[]) => void started.push(order),
    read: async () => ({ status: 'done' as const, startedAt: '2026-11-24T12:00:00.000Z', report, ...run }),
  };
  return { started, url: await startApi({ retention: fakeRetention({ runs }) }) };
}

describe('sluice retention', () => {
  it('shows what goes next, and that somebody has paused the schedule', async () => {
    const { url } = await retentionApi();
    const { code, out } = await sluice(url, ['retention']);
    expect(code).toBe(0);
    expect(out).toContain('schedule retention/logs: paused\nwait for\\nthe audit\n');
    expect(out).toContain('logs-2026.11.24\t2026.11.24\t2026-11-27T00:00:00.000Z\t5\t900');
  });

  it('run --dry-run starts one under a request id, and says how to look at it', async () => {
    const { url, started } = await retentionApi();
    const { code, out } = await sluice(url, ['retention', 'run', '--dry-run']);
    const [[topic, id, dryRun]] = started as [unknown[]];
    expect([code, topic, dryRun]).toEqual([0, 'logs', true]);
    expect(out).toContain(`sluice retention run-show ${String(id)} --wait`);
    expect(out).toContain('a dry one');
  });

  it('--wait shows what would go, what is not named too', async () => {
    const { url, started } = await retentionApi();
    const { code, out } = await sluice(url, ['retention', 'run', '--dry-run', '--wait', '--request-id', 'r-1']);
    expect([code, started]).toEqual([0, [['logs', 'r-1', true]]]);
    expect(out).toContain('logs: kept from 2026.11.22 on, 3 indices; 2 would go');
    expect(out).toContain('logs-2026.11.20\t1,200');
  });

  it('a run that has failed is a problem, also with --json; one that nobody knows too', async () => {
    const { url } = await retentionApi({ status: 'failed', report: undefined });
    const failed = await sluice(url, ['retention', 'run-show', 'r-1', '--json']);
    expect([failed.code, JSON.parse(failed.out)]).toMatchObject([1, { status: 'failed', result: null }]);
    const unknown = await sluice(await startApi(), ['retention', 'run-show', 'r-1']);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('retention_run_not_found');
  });
});
