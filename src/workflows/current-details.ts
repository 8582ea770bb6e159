import { setCurrentDetails } from '@temporalio/workflow';
import type { MessageCounts } from './message-types';
import type { PipelineState } from './pipeline-state';

/** What the Web UI shows of this workflow. */
export function showDetails(state: PipelineState): void {
  const { ledger } = state.progress;
  const reason = state.failure ?? (state.paused ? undefined : state.waiting);
  const why = reason ? ` (${reason.code}: ${reason.message})` : '';
  setCurrentDetails(
    `**${state.status}**${why}\n\nnext offset ${ledger.next}: ${ledger.indexed} indexed, ${ledger.duplicate} duplicate, ` +
      `${ledger.deadLettered} dead-lettered, ${ledger.filtered} filtered, ${ledger.lostUpstream} lost upstream, ${ledger.void} void` +
      ignoredMessage(state.messages.counts),
  );
}

/** A signal has no answer: what became of one that was not followed shows here. */
export function ignoredMessage({ lastIgnored }: MessageCounts): string {
  return lastIgnored ? `\n\nignored at ${lastIgnored.at}: ${lastIgnored.name} (${lastIgnored.why})` : '';
}
