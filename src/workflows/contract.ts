import type { BatchLimits } from '../domain/batch';
import type { Ledger } from '../domain/ledger';
import type { OffsetString } from '../domain/offsets';
import type {
  Hold,
  MessageCounts,
  MessageMemory,
  OperatorNote,
  PartitionAnswer,
  ReadMessage,
  StandingBy,
} from './message-types';
import type { PartitionStatus } from './partition-statuses';

export { MESSAGES, STAND_BY, TOLD } from './message-types';
export { PARTITION_STATUSES } from './partition-statuses';
export type { PartitionStatus } from './partition-statuses';
export type * from './commit-metadata';
export type * from './message-types';

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
  /** Supervisor and partition: takes on the offsets that Kafka has lost, {@link AcceptGap}. */
  acceptGap: 'accept-gap',
  /** Supervisor and partition: goes on with a topic that was created anew, {@link Rebind}. */
  rebind: 'rebind',
  /** Partition: a step's worker says why the step is being tried again, {@link Waiting}. Not for operators. */
  waiting: 'waiting',
  /** Supervisor: a partition answers what it was asked, {@link AskedAnswer}. Not for operators. */
  answered: 'answered',
} as const;

/** Key of the memo that says what is held, as MirroredHolds. Supervisor and partition. */
export const HOLDS_MEMO = 'holds';

export const QUERIES = {
  /** Supervisor: {@link SupervisorState}. Partition: {@link PartitionState}. */
  state: 'state',
} as const;

/** What a partition answers to an {@link Message.ask}. */
export interface AskedAnswer extends PartitionAnswer {
  ask: string;
}

export const ON_GAP = ['halt', 'accept'] as const;

/** What a worker tells the supervisor when it starts. */
export interface WorkerSettings {
  batch: BatchLimits;
  window: number;
  continueAsNewBatches: number;
  commitIntervalMs: number;
  /** What a partition does about offsets that Kafka has lost: `halt` when absent. */
  onGap?: (typeof ON_GAP)[number] | undefined;
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
  /** True with a hold of kind pause; `note` is its note. */
  paused: boolean;
  note?: OperatorNote | undefined;
  hold?: Hold | undefined;
  /** Set when an operator resumed: partitions that halted try again. */
  retryHalted?: boolean;
  /** Set when the supervisor waits for an {@link AskedAnswer} under this name. */
  ask?: string | undefined;
  /** Request id of the last pause that the supervisor has taken, or had taken before: none is to be expected for it. */
  answers?: string | undefined;
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
  /** The exact range that Kafka no longer holds; with `batch_unreadable` the rest of the batch, where its end is known. */
  gap?: Gap | undefined;
}

/** Offsets from `from` up to, not including, `to`. */
export interface Gap {
  from: OffsetString;
  to: OffsetString;
}

/** A range that Kafka had deleted, or that could not be read, and that was accepted; `lost` of its offsets had no document and no dead letter. */
export interface LostRange extends Gap {
  lost: number;
  /** ISO time. */
  at: string;
}

/** The account of a topic of the same name that exists no more. */
export interface ClosedGeneration {
  generation: number;
  ledger: Ledger;
}

/** Why a step is being tried again, as the worker that tries it says. Never holds log text. */
export interface Waiting {
  step: 'pull' | 'index';
  /** First offset of the step's range. */
  from: OffsetString;
  code: string;
  message: string;
  /** ISO time at which this reason was first met. */
  since: string;
}

/** The whole of a partition's durable state: plain JSON, carried through continue-as-new. */
export interface PartitionProgress {
  generation: number;
  /** Kafka's id of the topic, adopted from the first pull: a new generation starts without one. */
  topicId?: string | undefined;
  ledger: Ledger;
  /** The latest spans, oldest first. */
  epochs: EpochSpan[];
  /** The latest accepted gaps, oldest first. */
  lost?: LostRange[] | undefined;
  /** The latest accounts that a rebind has closed, oldest first. */
  closed?: ClosedGeneration[] | undefined;
}

/** Input of the partition workflow, and its argument at continue-as-new. */
export interface PartitionInput {
  topic: string;
  partition: number;
  progress: PartitionProgress;
  orders: Orders;
  /** Set when this partition alone is held. */
  ownHold?: Hold | undefined;
  /** The topic's hold, with the end of a drain once it is known. */
  topicHold?: Hold | undefined;
  /** A pause that the supervisor has not sent yet. */
  standBy?: StandingBy | undefined;
  /** As runs of before carry a pause of this partition alone. */
  ownPause?: OperatorNote | undefined;
  /** Set when this partition halted; it stays so until somebody resumes it. */
  failure?: PipelineFailure | undefined;
  /** Next offset as last mirrored to Kafka. */
  committed?: OffsetString | undefined;
  /** Holds as last mirrored, as text. */
  committedHolds?: string | undefined;
  /** Share of the configured batch limits in use, above 0 and at most 1; 1 when absent. */
  batchScale?: number | undefined;
  /** An accepted gap that has not been met yet: up to its `to`, or whatever its end when absent. */
  accepted?: { to?: OffsetString | undefined } | undefined;
  messages?: MessageMemory | undefined;
}

/** `gap`: the account of a range that Kafka has lost is being drawn up. */
export type FlightStep = 'score' | 'index' | 'gap';

/** Answer of a partition's `state` query. */
export interface PartitionState extends PartitionProgress {
  topic: string;
  partition: number;
  status: PartitionStatus;
  /** Who paused it and why, once that is in force. */
  pause?: OperatorNote | undefined;
  /** The order that holds it, or will. */
  hold?: Hold | undefined;
  epoch: Epoch;
  failure?: PipelineFailure | undefined;
  /** Set while a step is tried again for a reason that its worker has told. */
  waiting?: Waiting | undefined;
  /** Limits of the next batch: the configured ones, or less while Elasticsearch takes no more. */
  batch: BatchLimits;
  committed?: OffsetString | undefined;
  inFlight: { from: OffsetString; to: OffsetString; step: FlightStep }[];
  /** Task queue of the worker that serves this partition now. */
  workerQueue?: string | undefined;
  messages: MessageCounts;
}

/** Input of the supervisor workflow, and its argument at continue-as-new. */
export interface SupervisorInput {
  topic: string;
  settings: WorkerSettings;
  epoch: Epoch;
  revision: number;
  paused: boolean;
  note?: OperatorNote | undefined;
  hold?: Hold | undefined;
  partitions: number[];
  /** Kafka's id of the topic that the pipeline is bound to. */
  topicId?: string | undefined;
  messages?: MessageMemory | undefined;
  /** Messages to partitions that were not running. */
  undelivered?: ReadMessage[] | undefined;
}

/** Answer of the supervisor's `state` query. */
export interface SupervisorState extends Omit<SupervisorInput, 'messages' | 'undelivered'> {
  messages: MessageCounts;
}
