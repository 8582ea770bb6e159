import { condition, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { HOLDS_MEMO, type MirroredHolds } from './contract';

/**
 * Keeps the workflow's memo saying what operators hold. It changes with the very step that takes an order, before that is
 * acknowledged, and Temporal shows it without a worker, also of a run that was terminated: whoever starts the workflow
 * anew holds the same. The mirrored commit says it too, a moment later, for when Temporal's database is lost.
 */
export async function noteHolds(held: () => MirroredHolds): Promise<void> {
  let noted = textOf(workflowInfo().memo?.[HOLDS_MEMO] as MirroredHolds | undefined);
  for (;;) {
    await condition(() => textOf(held()) !== noted);
    const holds = held();
    noted = textOf(holds);
    upsertMemo({ [HOLDS_MEMO]: holds });
  }
}

function textOf(holds: MirroredHolds | undefined): string {
  return JSON.stringify([holds?.own ?? null, holds?.topic ?? null]);
}
