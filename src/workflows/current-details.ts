import { setCurrentDetails } from '@temporalio/workflow';
import type { PipelineState } from './pipeline-state';

/** What the Web UI shows of this workflow. */
export function showDetails(state: PipelineState): void {
  const { ledger } = state.progress;
  const halt = state.failure ? ` (${state.failure.code}: ${state.failure.message})` : '';
  setCurrentDetails(
    `**${state.status}**${halt}\n\nnext offset ${ledger.next}: ${ledger.indexed} indexed, ${ledger.duplicate} duplicate, ` +
      `${ledger.deadLettered} dead-lettered, ${ledger.filtered} filtered, ${ledger.lostUpstream} lost upstream, ${ledger.void} void`,
  );
}
