import type { WorkflowExecutionDescription } from '@temporalio/client';

/** What Temporal's own pause holds; neither a resume nor anything else of Sluice ends it. */
export interface TemporalPause {
  of: 'workflow' | 'activity';
  /** Of an activity: its type and id. */
  activity?: string | undefined;
  activityId?: string | undefined;
  /** ISO time. */
  since?: string | undefined;
  actor?: string | undefined;
  reason?: string | undefined;
}

type Time = { seconds?: unknown; nanos?: number | null } | null | undefined;

/**
 * What Temporal itself has paused of a workflow, by `temporal workflow pause` or `temporal activity pause`: the whole of it
 * before any of its activities. Undefined when nothing is.
 */
export function temporalPause({ status, raw }: WorkflowExecutionDescription): TemporalPause | undefined {
  if (status.name === 'PAUSED') {
    const { identity, reason, pausedTime } = raw.workflowExtendedInfo?.pauseInfo ?? {};
    return { of: 'workflow', ...saidBy(identity, reason), since: isoTime(pausedTime) };
  }
  // A rule of the namespace pauses without a person: it has no identity.
  const paused = (raw.pendingActivities ?? []).find((one) => one.paused);
  if (!paused) return undefined;
  const { pauseTime, manual, rule } = paused.pauseInfo ?? {};
  return {
    of: 'activity',
    activity: paused.activityType?.name ?? '',
    activityId: paused.activityId ?? '',
    ...saidBy(manual?.identity ?? rule?.identity, manual?.reason ?? rule?.reason),
    since: isoTime(pauseTime),
  };
}

function saidBy(identity: string | null | undefined, reason: string | null | undefined) {
  return { ...(identity ? { actor: identity } : {}), ...(reason ? { reason } : {}) };
}

function isoTime(time: Time): string | undefined {
  return time ? new Date(Number(time.seconds) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString() : undefined;
}
