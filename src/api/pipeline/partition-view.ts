import { documentsOf, imbalance, type FateCounts } from '../../domain/ledger';
import type { Hold, PartitionState } from '../../workflows/contract';
import type { WorkflowReading } from '../ports';
import type { PartitionView } from '../schemas/pipeline';
import { committedProgress } from './committed-progress';
import type { TemporalPause } from './temporal-pause';

const MIRROR_STEP = 'commitOffset';

/** All that was learned of one partition. */
export interface PartitionFacts {
  partition: number;
  reading: WorkflowReading<PartitionState>;
  end?: number | undefined;
  commit?: { offset: string; metadata: string } | undefined;
  workflowId: string;
  workflowUrl: string;
}

/** One partition as the API shows it: by its workflow, or else by its last commit. */
export function partitionView(facts: PartitionFacts): PartitionView {
  const { partition, reading, end, commit, workflowId, workflowUrl } = facts;
  const ledger = reading.state?.ledger ?? committedProgress(commit?.metadata)?.ledger;
  const next = reading.state?.ledger.next ?? commit?.offset;
  return {
    partition,
    state: describeState(reading),
    source: reading.state ? 'workflows' : commit ? 'commits' : 'none',
    next_offset: next ?? null,
    end_offset: end === undefined ? null : String(end),
    lag: end === undefined || next === undefined ? null : Math.max(0, end - Number(next)),
    counts: ledger ? shownCounts(ledger) : null,
    documents: ledger ? documentsOf(ledger) : null,
    balanced: ledger ? imbalance(ledger) === 0 : null,
    committed_offset: commit?.offset ?? reading.state?.committed ?? null,
    last_error: lastError(reading),
    gap: reading.state?.failure?.gap ?? null,
    hold: shownHold(reading.state?.hold),
    temporal_pause: shownPause(reading.temporalPause),
    batch_limits: reading.state ? shownLimits(reading.state) : null,
    workflow_id: workflowId,
    workflow_url: workflowUrl,
  };
}

function shownHold(hold: Hold | undefined): PartitionView['hold'] {
  if (!hold) return null;
  const { expiresAt, ...rest } = hold;
  return { ...rest, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }) };
}

/** Temporal's own pause of a workflow as the API shows it. */
export function shownPause(pause: TemporalPause | undefined): PartitionView['temporal_pause'] {
  if (!pause) return null;
  const { activityId, ...rest } = pause;
  return withoutAbsent({ ...rest, activity_id: activityId }) as PartitionView['temporal_pause'];
}

function withoutAbsent(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function shownLimits({ batch }: PartitionState): PartitionView['batch_limits'] {
  return { max_records: batch.maxRecords, max_bytes: batch.maxBytes };
}

export function shownCounts(fates: FateCounts) {
  return {
    indexed: fates.indexed,
    duplicate: fates.duplicate,
    dead_lettered: fates.deadLettered,
    filtered: fates.filtered,
    lost_upstream: fates.lostUpstream,
    void: fates.void,
  };
}

/** The state in one string, the most telling first: an operator's halt before a step that is tried again. */
function describeState({
  execution,
  closedAs,
  state,
  failing,
  temporalPause,
}: WorkflowReading<PartitionState>): string {
  if (execution === 'missing') return 'absent';
  if (execution === 'closed') return withReason('stopped', closedAs);
  if (state?.status === 'halted') return withReason('halted', state.failure?.code);
  if (state?.status === 'paused' || state?.status === 'pausing') return withReason(state.status, state.pause?.reason);
  if (state?.status === 'draining') return withReason('draining', state.hold?.reason);
  if (temporalPause && holdsRecords(temporalPause)) {
    return withReason(
      'suspended',
      [temporalPause.activity ?? 'workflow', temporalPause.reason].filter(Boolean).join(', '),
    );
  }
  // The worker that tries tells the workflow; until it has, or when its word got lost, the server knows.
  if (failing) return `${waitingState(state)}: ${failing.code} (attempt ${failing.attempt})`;
  if (state?.waiting) return `${state.status}: ${state.waiting.code}`;
  return state ? 'running' : 'unreachable';
}

/** No record waits for the mirror. */
function holdsRecords({ activity }: TemporalPause): boolean {
  return activity !== MIRROR_STEP;
}

function waitingState(state: PartitionState | undefined): string {
  return state?.waiting ? state.status : 'waiting';
}

function withReason(state: string, reason: string | undefined): string {
  return reason ? `${state}: ${reason}` : state;
}

function lastError({ state, failing }: WorkflowReading<PartitionState>): PartitionView['last_error'] {
  const error = failing ?? state?.failure;
  if (error) return { code: error.code, message: error.message, at: error.at };
  return state?.waiting ? { code: state.waiting.code, message: state.waiting.message, at: state.waiting.since } : null;
}
