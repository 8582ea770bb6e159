import { openLedger } from '../domain/ledger';
import type { CommitMetadata, PartitionProgress } from '../workflows/contract';

/**
 * Where a partition starts: at the state that its mirrored commit carries, so that a lost Temporal database or a
 * workflow terminated by hand costs nothing; without a commit, at the earliest offset that Kafka has.
 *
 * The mirror may be older than the truth: what was indexed since is then met again as duplicate.
 */
export function restoreProgress(
  commit: { offset: string; metadata: string } | undefined,
  earliest: number,
  epochNumber: number,
): PartitionProgress {
  const kept = commit && parseCommitMetadata(commit.metadata);
  if (kept) return kept.progress;
  // A commit that somebody else wrote says where to go on, but nothing of what came before.
  const first = commit ? commit.offset : String(earliest);
  return { generation: 1, ledger: openLedger(first), epochs: [{ number: epochNumber, from: first }] };
}

/** The metadata of one of our commits; undefined for anything else. */
export function parseCommitMetadata(text: string): CommitMetadata | undefined {
  try {
    const value = JSON.parse(text) as Partial<CommitMetadata> | null;
    const sound =
      value?.v === 1 && typeof value.progress?.ledger?.next === 'string' && typeof value.epoch?.number === 'number';
    return sound ? (value as CommitMetadata) : undefined;
  } catch {
    return undefined;
  }
}
