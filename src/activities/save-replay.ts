import type { ReplayFailure, ReplayProgress, ReplayStatus } from '../domain/replay';
import type { ReplayStore } from './replay-ports';

export interface SaveReplayInput {
  id: string;
  status: ReplayStatus;
  progress: ReplayProgress;
  failure?: ReplayFailure | undefined;
}

/** Keeps where a replay stands: for those who ask, and for the workflow that goes on with it. */
export function createSaveReplay(deps: { replayStore: ReplayStore }) {
  return async function saveReplay({ id, status, progress, failure }: SaveReplayInput): Promise<void> {
    const savedAt = new Date().toISOString();
    await deps.replayStore.update(id, { status, progress, failure: failure ?? null, savedAt });
  };
}

/** Hands out the ranges of a plan that belong to a page. */
export function createListReplayRanges(deps: { replayStore: ReplayStore }) {
  return async function listReplayRanges({ id, page, size }: { id: string; page: number; size: number }) {
    const plan = await deps.replayStore.readPlan(id);
    return (plan?.ranges ?? []).slice(page, page + size).map(({ partition, from, to }) => ({ partition, from, to }));
  };
}
