import type { OffsetString } from '../domain/offsets';
import type { CommitMetadata } from '../workflows/contract';
import type { ProgressMirror } from './ports';

export interface CommitInput {
  partition: number;
  next: OffsetString;
  metadata: CommitMetadata;
}

/** The mirror: commits the progress to the Kafka group, with the ledger up to that offset as metadata. */
export function createCommitOffset(deps: { mirror: ProgressMirror }) {
  return async function commitOffset({ partition, next, metadata }: CommitInput): Promise<void> {
    await deps.mirror.commit(partition, next, JSON.stringify(metadata));
  };
}
