import { PIPELINE_ERRORS, type PipelineErrorCode } from '../domain/errors';
import type { PartitionStatus } from './contract';
import type { PipelineState } from './pipeline-state';

/** A partition's status: the most telling one, a halt before an operator's order before what passes by itself. */
export function statusOf(
  state: Pick<PipelineState, 'halted' | 'paused' | 'active' | 'holds' | 'waiting'>,
): PartitionStatus {
  if (state.halted) return 'halted';
  if (state.paused) return state.active ? 'pausing' : 'paused';
  if (state.holds.pending?.kind === 'drain') return 'draining';
  return state.waiting ? waitingStatus(state.waiting.code) : 'running';
}

function waitingStatus(code: string): PartitionStatus {
  if (code === 'elasticsearch_throttled') return 'throttled';
  return PIPELINE_ERRORS[code as PipelineErrorCode] === 'wait' ? 'blocked' : 'retrying';
}
