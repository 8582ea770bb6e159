import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { PullResult } from '../activities/pull-batch';
import { parseOffset, type OffsetString } from '../domain/offsets';
import { isBeingCancelled, pull } from './batch-steps';
import type { PipelineState } from './pipeline-state';

/**
 * Pulls what may be read. Undefined when that has changed meanwhile, by a drain or a stop-at that came or was lifted:
 * what lies behind the offset is not handed on.
 */
export async function pullUpToLimit(state: PipelineState, from: OffsetString): Promise<PullResult | undefined> {
  const pulled = state.mirrorsHolds ? await pullWhileLimited(state, from) : await pull(state, from);
  const { limit } = state.holds;
  return limit !== undefined && pulled && parseOffset(pulled.next) > parseOffset(limit) ? undefined : pulled;
}

async function pullWhileLimited(state: PipelineState, from: OffsetString): Promise<PullResult | undefined> {
  const { limit } = state.holds;
  const scope = new CancellationScope();
  let ended = false;
  condition(() => ended || state.holds.limit !== limit)
    .then(() => scope.cancel())
    .catch(() => undefined);
  try {
    return await scope.run(() => pull(state, from));
  } catch (error) {
    if (isBeingCancelled() || state.holds.limit === limit || !isCancellation(error)) throw error;
    return undefined;
  } finally {
    ended = true;
  }
}
