import {
  freshProgress,
  isReplayOver,
  offsetsLeft,
  sumReplayCounts,
  type ReplayProgress,
  type StoredReplay,
} from '../../domain/replay';
import type { ReplayView } from '../schemas/replays';
import type { ReplayReading } from './ports';

type Workflow = Pick<ReplayView, 'workflow_id' | 'workflow_url'>;

/** A replay as the API shows it: by its workflow where that answers, else by what it kept last. */
export function replayView(stored: StoredReplay, reading: ReplayReading, workflow: Workflow): ReplayView {
  const { order } = stored;
  const state = reading.execution === 'open' ? reading.state : undefined;
  const findings = state?.findings ?? stored.findings;
  const progress = state?.progress ?? stored.progress ?? freshProgress(findings?.gone ?? 0);
  const failure = state?.failure ?? reading.failing ?? stored.failure ?? null;
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    id: order.id,
    mode: order.mode,
    dry_run: order.dryRun,
    status: statusOf(stored, reading),
    ordered_at: order.orderedAt,
    actor: order.actor,
    reason: order.reason ?? null,
    request_id: order.requestId ?? null,
    scope: {
      partitions: order.partitions ?? null,
      from: order.from ?? null,
      to: order.to ?? null,
      from_time: time(order.fromMs),
      to_time: time(order.toMs),
      records_per_second: order.recordsPerSecond ?? null,
    },
    findings: findings ? findingsView(findings) : null,
    progress: {
      ...progressView(progress, findings, order.dryRun),
      records_per_second: state?.rate ?? null,
      eta_seconds: state?.etaSeconds ?? null,
    },
    shadow: shadowView(progress),
    pause: state?.pause ? { reason: state.pause.reason ?? null, actor: state.pause.actor ?? null } : null,
    failing: failure && { code: failure.code, message: failure.message },
    ...workflow,
  };
}

/** What a replay is at; one whose workflow is gone before it said that it ended was stopped by hand. */
export function statusOf(stored: StoredReplay, { execution, state }: ReplayReading): ReplayView['status'] {
  if (execution === 'open') return state?.status ?? stored.status;
  if (isReplayOver(stored.status) || execution === 'unreachable') return stored.status;
  return stored.status === 'ordered' && execution === 'missing' ? 'ordered' : 'stopped';
}

function findingsView({ deadLetters, ...same }: NonNullable<StoredReplay['findings']>): ReplayView['findings'] {
  const { offsets, documents, expired, missing, gone, beyond } = same;
  return { offsets, documents, dead_letters: deadLetters, expired, missing, gone, beyond };
}

function progressView(progress: ReplayProgress, findings: StoredReplay['findings'], dryRun: boolean) {
  const { deadLettered, ...counts } = progress.counts;
  const total = findings ? findings.offsets + findings.gone : null;
  const left = findings ? offsetsLeft(findings, progress) : undefined;
  const share = total === null || left === undefined ? null : total === 0 ? 1 : (total - left) / total;
  return {
    percent: dryRun && findings ? 100 : share === null ? null : Math.floor(share * 1000) / 10,
    done: sumReplayCounts(progress.counts),
    total,
    counts: { ...counts, dead_lettered: deadLettered },
    worked_seconds: Math.round(progress.activeMs / 100) / 10,
    positions: [...progress.positions].sort(([a], [b]) => a - b).map(([partition, next]) => ({ partition, next })),
    epochs: progress.epochs,
  };
}

function shadowView({ shadow }: ReplayProgress): ReplayView['shadow'] {
  if (!shadow) return null;
  const { before, after, ...same } = shadow;
  return { ...same, scores: { before, after } };
}
