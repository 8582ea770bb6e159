import { isExportOver, wantedLogs, type StoredExport } from '../../domain/export';
import { topicLink } from '../by-topic/topic-link';
import type { ApiSettings } from '../ports';
import type { LongExportView } from '../schemas/log-exports';
import type { ExportReading } from './ports';

type Workflow = Pick<LongExportView, 'workflow_id' | 'workflow_url'>;

/** An export as the API shows it: how far it is by its folder, what it is at by its workflow where that answers. */
export function exportView(
  stored: StoredExport,
  reading: ExportReading,
  retentionMs: number,
  workflow: Workflow,
  settings: Pick<ApiSettings, 'topic' | 'isFirst'>,
): LongExportView {
  const { order, progress, result } = stored;
  const { sort, fields } = order;
  const status = exportStatus(stored, reading);
  const state = reading.execution === 'open' ? reading.state : undefined;
  const failure = state?.failure ?? reading.failing ?? stored.failure ?? null;
  return {
    id: order.id,
    status,
    format: order.format,
    sort: sort ? `${sort.descending ? '-' : ''}${sort.by}` : '-time',
    fields: fields ? [...fields] : null,
    limit: order.limit ?? null,
    asked: order.asked,
    ordered_at: order.orderedAt,
    actor: order.actor,
    reason: order.reason ?? null,
    request_id: order.requestId ?? null,
    frozen_at: stored.frozenAt ?? null,
    progress: progressView(stored, status),
    result: result
      ? {
          ...{ logs: result.logs, total: result.total, complete: result.complete },
          ...{ bytes: result.bytes, sha256: result.sha256, ended_at: result.endedAt },
          file: topicLink(settings, `/logs/exports/${order.id}/file`),
        }
      : null,
    restarts: progress.restarts,
    expires_at: new Date(Date.parse(stored.savedAt) + retentionMs).toISOString(),
    pause: state?.pause ? { reason: state.pause.reason ?? null, actor: state.pause.actor ?? null } : null,
    failing: failure && { code: failure.code, message: failure.message },
    ...workflow,
  };
}

/** What an export is at; one whose workflow is gone before it said that it ended was stopped by hand. */
export function exportStatus(stored: StoredExport, { execution, state }: ExportReading): LongExportView['status'] {
  if (isExportOver(stored.status) || execution === 'unreachable') return stored.status;
  if (execution === 'open') return state?.status ?? stored.status;
  return stored.status === 'ordered' && execution === 'missing' ? 'ordered' : 'stopped';
}

function progressView({ order, progress }: StoredExport, status: string): LongExportView['progress'] {
  const { logs, bytes, parts, total, activeMs } = progress;
  const wanted = wantedLogs(total, order.limit);
  const rate = activeMs > 0 && logs > 0 ? (logs * 1000) / activeMs : undefined;
  const share = wanted === undefined ? undefined : wanted === 0 ? 1 : logs / wanted;
  const left = status === 'running' && rate !== undefined && wanted !== undefined ? (wanted - logs) / rate : undefined;
  return {
    percent: share === undefined ? null : Math.floor(share * 1000) / 10,
    ...{ logs, wanted: wanted ?? null, total: total ?? null, bytes, parts },
    logs_per_second: rate === undefined ? null : Math.round(rate),
    eta_seconds: left === undefined ? null : Math.ceil(left),
    worked_seconds: Math.round(activeMs / 100) / 10,
  };
}
