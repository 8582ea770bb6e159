import type { MirroredHolds, PartitionInput } from '../workflows/contract';

/** The latest run of a workflow. */
export interface LatestRun {
  running: boolean;
  /** What it had noted as held by operators. */
  holds?: MirroredHolds | undefined;
}

/** Starts partition workflows. Throws PipelineError temporal_unavailable. */
export interface PartitionStarter {
  /** Of the partition's workflow; undefined when Temporal knows none. */
  latest(topic: string, partition: number): Promise<LatestRun | undefined>;
  /** Starts the partition's workflow unless it runs already; true when it was started. */
  start(input: PartitionInput): Promise<boolean>;
}
