import { setCurrentDetails } from '@temporalio/workflow';
import type { Hold, MessageCounts } from './message-types';
import type { PipelineState } from './pipeline-state';

/** What the Web UI shows of this workflow. */
export function showDetails(state: PipelineState): void {
  const { ledger } = state.progress;
  const reason = state.failure ?? (state.paused ? undefined : state.waiting);
  const why = reason ? ` (${reason.code}: ${reason.message})` : '';
  setCurrentDetails(
    `**${state.status}**${why}${holdText(state.holds.inForce(ledger.next) ?? state.holds.pending)}\n\nnext offset ${ledger.next}: ${ledger.indexed} indexed, ${ledger.duplicate} duplicate, ` +
      `${ledger.deadLettered} dead-lettered, ${ledger.filtered} filtered, ${ledger.lostUpstream} lost upstream, ${ledger.void} void` +
      ignoredMessage(state.messages.counts),
  );
}

/** Who holds it, why, and up to when or where. */
export function holdText(hold: Hold | undefined): string {
  if (!hold) return '';
  const { kind, reason, actor, expiresAt, offset } = hold;
  const parts = [
    kind,
    actor && `by ${actor}`,
    reason,
    expiresAt && `until ${expiresAt}`,
    offset && `at offset ${offset}`,
  ];
  return ` (${parts.filter(Boolean).join(', ')})`;
}

/** A signal has no answer: what became of one that was not followed shows here. */
export function ignoredMessage({ lastIgnored }: MessageCounts): string {
  return lastIgnored ? `\n\nignored at ${lastIgnored.at}: ${lastIgnored.name} (${lastIgnored.why})` : '';
}
