import type { BatchLimits } from '../domain/batch';
import type { Ledger } from '../domain/ledger';
import type { OffsetString } from '../domain/offsets';

/**
 * Everything that the API, the workers and the tests say to the workflows, and hear from them. Plain types and names:
 * nothing here loads the workflow library, so anybody may import it.
 */

const PREFIX = 'ingest/';

/** Workflow id of a topic's supervisor: `ingest/logs`. */
export function supervisorWorkflowId(topic: string): string {
  return PREFIX + topic;
}

/** Workflow id of one partition's pipeline: `ingest/logs/0`. */
export function partitionWorkflowId(topic: string, partition: number): string {
  return `${PREFIX}${topic}/${partition}`;
}

/** The inverse of {@link partitionWorkflowId}; undefined for any other id. */
export function parsePartitionWorkflowId(id: string): { topic: string; partition: number } | undefined {
  const match = /^ingest\/([^/]+)\/(\d+)$/.exec(id);
  return match ? { topic: match[1]!, partition: Number(match[2]) } : undefined;
}

export const WORKFLOW_TYPES = { supervisor: 'superviseTopic', partition: 'ingestPartition' } as const;

/** Names of the signals. Each argument is optional, so that `temporal workflow signal --name pause` is enough. */
export const SIGNALS = {
  /** Supervisor and partition; {@link OperatorNote}. */
  pause: 'pause',
  /** Supervisor and partition; {@link OperatorNote}. */
  resume: 'resume',
  /** Supervisor: settings and rules of the newest worker, {@link WorkerSettings}. Partition: {@link Orders}. */
  configure: 'configure',
} as const;

export const QUERIES = {
  /** Supervisor: {@link SupervisorState}. Partition: {@link PartitionState}. */
  state: 'state',
} as const;

/** Who asked for an operation and why. */
export interface OperatorNote {
  reason?: string;
  actor?: string;
}

/** What a worker tells the supervisor when it starts. */
export interface WorkerSettings {
  batch: BatchLimits;
  window: number;
  continueAsNewBatches: number;
  commitIntervalMs: number;
  /** Hash of scoring rules and code version: a new one raises the epoch. */
  rulesHash: string;
}

/** The scoring epoch: a number that rises whenever the rules change, bound to the hash of the rules. */
export interface Epoch {
  number: number;
  rulesHash: string;
}

/** What the supervisor tells its partitions. A lower revision than the last one is ignored. */
export interface Orders {
  revision: number;
  paused: boolean;
  note?: OperatorNote | undefined;
  /** Set when an operator resumed: partitions that halted try again. */
  retryHalted?: boolean;
  epoch: Epoch;
  settings: WorkerSettings;
}

/** An epoch and the first offset that was scored under it. */
export interface EpochSpan {
  number: number;
  from: OffsetString;
}

/** Why a partition stands still or last stumbled. Never holds log text. */
export interface PipelineFailure {
  code: string;
  message: string;
  /** ISO time. */
  at: string;
}

/** The whole of a partition's durable state: plain JSON, carried through continue-as-new. */
export interface PartitionProgress {
  generation: number;
  ledger: Ledger;
  /** The latest spans, oldest first. */
  epochs: EpochSpan[];
}

/** Input of the partition workflow, and its argument at continue-as-new. */
export interface PartitionInput {
  topic: string;
  partition: number;
  progress: PartitionProgress;
  orders: Orders;
  /** Set when this partition alone was paused. */
  ownPause?: OperatorNote | undefined;
  /** Set when this partition halted; it stays so until somebody resumes it. */
  failure?: PipelineFailure | undefined;
  /** Next offset as last mirrored to Kafka. */
  committed?: OffsetString | undefined;
}

export const PARTITION_STATUSES = ['running', 'pausing', 'paused', 'halted'] as const;
export type PartitionStatus = (typeof PARTITION_STATUSES)[number];

/** Answer of a partition's `state` query. */
export interface PartitionState extends PartitionProgress {
  topic: string;
  partition: number;
  status: PartitionStatus;
  pause?: OperatorNote | undefined;
  epoch: Epoch;
  failure?: PipelineFailure | undefined;
  committed?: OffsetString | undefined;
  inFlight: { from: OffsetString; to: OffsetString; step: 'score' | 'index' }[];
  /** Task queue of the worker that serves this partition now. */
  workerQueue?: string | undefined;
}

/** Input of the supervisor workflow, and its argument at continue-as-new. */
export interface SupervisorInput {
  topic: string;
  settings: WorkerSettings;
  epoch: Epoch;
  revision: number;
  paused: boolean;
  note?: OperatorNote | undefined;
  partitions: number[];
}

/** Answer of the supervisor's `state` query. */
export type SupervisorState = SupervisorInput;

/**
 * What the mirrored commit carries as metadata, as JSON: enough to rebuild a partition when Temporal's database is
 * lost. Kafka keeps at most 4,096 bytes of it.
 */
export interface CommitMetadata {
  v: 1;
  progress: PartitionProgress;
  /** The newest epoch and its rules. */
  epoch: Epoch;
}
