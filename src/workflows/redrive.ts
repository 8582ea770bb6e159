import { continueAsNew, defineQuery, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { redriving } from './activity-options';
import { QUERIES } from './contract';
import type { RedriveInput, RedriveProgress } from '../domain/redrive';

const stateQuery = defineQuery<RedriveProgress>(QUERIES.state);

/** Steps after which a run ends and the next one goes on. */
const MAX_STEPS = 200;

/**
 * Redrives dead letters, a stretch at a time. It holds only where it stands and how many letters met which end; each
 * letter's own state says what became of it. A cancellation ends it between two groups of letters.
 */
export async function redriveLetters(input: RedriveInput): Promise<RedriveProgress> {
  let progress: RedriveProgress = input.progress ?? { seen: 0, redriven: 0, rejected: 0, skipped: {} };
  setHandler(stateQuery, () => progress);
  for (let step = 0; ; step += 1) {
    showDetails(progress);
    const summary = `${progress.seen} letters seen`;
    const result = await redriving.redriveChunk.executeWithOptions({ summary }, [{ ...input, progress }]);
    progress = result.progress;
    showDetails(progress);
    if (result.done) return progress;
    if (step >= MAX_STEPS || workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof redriveLetters>({ ...input, progress });
    }
  }
}

function showDetails({ seen, redriven, rejected, skipped }: RedriveProgress): void {
  const left = Object.entries(skipped).map(([why, count]) => `${count} ${why}`);
  setCurrentDetails(
    [`${seen} letters seen: ${redriven} redriven, ${rejected} refused again`, ...left].join(', ').concat('.'),
  );
}
