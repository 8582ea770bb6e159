import type { Epoch, PartitionProgress } from './contract';
import type { Hold } from './message-types';

/**
 * What the mirrored commit carries as metadata, as JSON: enough to rebuild a partition when Temporal's database is
 * lost. Kafka keeps at most 4,096 bytes of it.
 */
export interface CommitMetadata {
  v: 1;
  progress: PartitionProgress;
  /** The newest epoch and its rules. */
  epoch: Epoch;
  /** What operators hold, so that nothing resumes by itself when a workflow or Temporal's database is lost. */
  holds?: MirroredHolds | undefined;
}

/** What operators hold: in the mirrored commit, and in the memo of the workflow. */
export interface MirroredHolds {
  /** Of the orders that `topic` is from: of several commits the highest one tells. */
  revision: number;
  own?: Hold | undefined;
  topic?: Hold | undefined;
}
