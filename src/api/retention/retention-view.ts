import { diskWarnings } from '../../domain/disk-use';
import { retentionScheduleId, sumExpired, type DayIndex, type KindReport } from '../../domain/expiry';
import { oldestKeptDay } from '../../domain/retention';
import type { ApiSettings } from '../ports';
import type { RetentionRunView, RetentionView } from '../schemas/retention';
import { within } from '../within';
import type { RetentionDesk, RetentionRun } from './ports';

const MS_PER_DAY = 86_400_000;
const DEADLINE_MS = 2000;
/** Deletions that are named one by one. */
const MAX_LATEST = 50;

/** What is kept, what goes next, what went, and what is not as it should be; from whatever answers in 2 s. */
export async function readRetention(
  desk: RetentionDesk,
  { topic, uiUrl, namespace }: Pick<ApiSettings, 'topic' | 'uiUrl' | 'namespace'>,
  nowMs: number,
): Promise<RetentionView> {
  const silent = new Set<RetentionView['missing'][number]>();
  const ask = <T>(server: RetentionView['missing'][number], call: () => Promise<T>) =>
    within(DEADLINE_MS, call()).catch(() => void silent.add(server));
  const [schedule, logs, letters, expired, drift, disks] = await Promise.all([
    ask('temporal', () => desk.runs.schedule(topic)),
    ask('elasticsearch', () => desk.logs.list()),
    ask('elasticsearch', () => desk.letters.list()),
    ask('elasticsearch', () => desk.expired.list()),
    ask('elasticsearch', () => desk.drift()),
    ask('elasticsearch', () => desk.disks()),
  ]);
  const id = retentionScheduleId(topic);
  return {
    topic,
    missing: [...silent],
    schedule: schedule
      ? {
          id,
          url: `${uiUrl.replace(/\/$/, '')}/namespaces/${namespace}/schedules/${encodeURIComponent(id)}`,
          paused: schedule.paused,
          note: schedule.note ?? null,
          next_run_at: schedule.nextRunAt ?? null,
          latest_runs: schedule.runs.map(({ workflowId, at }) => ({ workflow_id: workflowId, at })),
        }
      : null,
    logs: logs ? kept(logs, desk.retentionDays, nowMs) : null,
    dead_letters: letters ? kept(letters, desk.letterRetentionDays, nowMs) : null,
    expired: expired
      ? {
          partitions: sumExpired(expired),
          latest: expired.slice(0, MAX_LATEST).map(({ index, kind, day, documents, expiredAt }) => ({
            index,
            kind,
            day,
            documents,
            expired_at: expiredAt,
          })),
        }
      : null,
    drift: drift ?? null,
    disks: disks
      ? disks.map((disk) => ({
          node: disk.node,
          total_bytes: disk.totalBytes,
          available_bytes: disk.availableBytes,
          watermark: disk.level,
          flood_below_bytes: disk.floodBelowBytes,
        }))
      : null,
    warnings: diskWarnings(disks ?? []),
  };
}

function kept(indices: DayIndex[], retentionDays: number, nowMs: number): RetentionView['logs'] {
  return {
    retention_days: retentionDays,
    oldest_kept: oldestKeptDay(nowMs, retentionDays),
    indices: indices.map(({ index, day, documents, bytes }) => {
      const start = Date.parse(`${day.replaceAll('.', '-')}T00:00:00Z`);
      const expires = new Date(start + (retentionDays + 1) * MS_PER_DAY);
      return { index, day, documents, bytes, expires_at: expires.toISOString() };
    }),
  };
}

/** A run as the API shows it. */
export function retentionRunView(
  id: string,
  { status, startedAt, endedAt, report }: RetentionRun,
  workflow: { workflow_id: string; workflow_url: string },
): RetentionRunView {
  return {
    id,
    status,
    started_at: startedAt,
    ended_at: endedAt ?? null,
    result: report
      ? {
          ...{
            dry_run: report.dryRun,
            at: report.at,
            logs: shown(report.logs),
            dead_letters: shown(report.deadLetters),
          },
          merging: report.merging ?? null,
        }
      : null,
    ...workflow,
  };
}

function shown({ oldestKept, kept: left, expired, omitted }: KindReport) {
  return { oldest_kept: oldestKept, kept_indices: left, expired, omitted };
}
