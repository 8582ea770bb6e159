import type { ScoringRules } from '../scoring/rules';
import type { EpochSpan } from '../workflows/contract';
import type { OffsetString } from './offsets';
import type { ShadowReport } from './shadow';

/** What a replay is asked and what it answers: plain JSON, counts, ranges and ids only. */

export const REPLAY_WORKFLOW = 'replayTopic';

/** Workflow id of a replay: `replay/logs/20261124-101500-3f9a1c`. */
export function replayWorkflowId(topic: string, id: string): string {
  return `replay/${topic}/${id}`;
}

/** The index that keeps replays with their results, for as long as anybody wants to know. */
export function replayIndex(indexPrefix: string): string {
  return `replays-${indexPrefix}`;
}

/**
 * - `repair`: writes what is missing, under the epoch of its offset, and changes nothing else.
 * - `rescore`: writes every record again under the newest epoch.
 * - `shadow`: scores with other rules, compares with the documents, and writes nothing.
 */
export const REPLAY_MODES = ['repair', 'rescore', 'shadow'] as const;
export type ReplayMode = (typeof REPLAY_MODES)[number];

/** Names of the signals and updates of a replay; each argument is optional. */
export type ReplayMessage = 'pause' | 'resume' | 'cancel';

/** Messages to the topic's supervisor that order a replay. */
export const REPLAY_ORDERS = ['replay', 'rescore'] as const;

/** What an update that orders a replay answers. */
export interface ReplayOrdered {
  requestId?: string | undefined;
  /** True when the request id had made this replay before. */
  duplicate: boolean;
  id: string;
  workflowId: string;
}

/** A replay as it was ordered. A field of the range that is absent does not narrow it. */
export interface ReplayOrder {
  id: string;
  topic: string;
  mode: ReplayMode;
  /** Only counts. */
  dryRun: boolean;
  partitions?: number[] | undefined;
  /** First offset, inclusive, and last one, exclusive. */
  from?: OffsetString | undefined;
  to?: OffsetString | undefined;
  /** The same by Kafka's timestamps, milliseconds since the epoch. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
  /** Records a second of all partitions together, at most. */
  recordsPerSecond?: number | undefined;
  /** Shadow: what differs from the rules in force. */
  rules?: Partial<ScoringRules> | undefined;
  actor: string;
  reason?: string | undefined;
  requestId?: string | undefined;
  /** ISO time. */
  orderedAt: string;
}

/** Offsets of a partition, from `from` up to, not including, `to`. */
export interface ReplayRange {
  partition: number;
  from: OffsetString;
  to: OffsetString;
}

/** A range and what decides how its records are written. */
export interface PlannedRange extends ReplayRange {
  generation: number;
  topicId?: string | undefined;
  /** Epochs of its offsets, oldest first. The first one covers what lies before it too. */
  epochs: EpochSpan[];
}

/** What was found of the planned ranges before anything was written. */
export interface ReplayFindings {
  /** Offsets in the ranges: as many records, unless Kafka holds none at some. */
  offsets: number;
  /** Offsets that have a document. */
  documents: number;
  /** Offsets that have a dead letter and no document. */
  deadLetters: number;
  /** Offsets of Kafka days that are not kept any more. */
  expired: number;
  /** The rest: a record that is missing, a tombstone, or no record at all. */
  missing: number;
  /** Offsets that were asked for, and that Kafka has deleted. */
  gone: number;
  /** Offsets that were asked for, and that the pipeline has not reached: they are never touched. */
  beyond: number;
}

/** What a replay does, resolved once. */
export interface ReplayPlan {
  /** Only those that are not empty. */
  ranges: PlannedRange[];
  findings: ReplayFindings;
}

/** What became of offsets. Their sum is the number of offsets, always. */
export const REPLAY_FATES = [
  /** A document was written. */
  'written',
  /** The document was there already. */
  'present',
  /** Has a dead letter, of before or of now. */
  'deadLettered',
  /** A tombstone. */
  'filtered',
  /** Of a Kafka day that is not kept any more. */
  'expired',
  /** Kafka has deleted it. */
  'gone',
  /** Kafka holds no record there. */
  'void',
  /** Shadow: there is no document to compare with. */
  'missing',
] as const;
export type ReplayFate = (typeof REPLAY_FATES)[number];
export type ReplayCounts = Record<ReplayFate, number>;

export function noReplayCounts(): ReplayCounts {
  return { written: 0, present: 0, deadLettered: 0, filtered: 0, expired: 0, gone: 0, void: 0, missing: 0 };
}

export function addReplayCounts(one: ReplayCounts, other: Partial<ReplayCounts>): ReplayCounts {
  const sum = { ...one };
  for (const fate of REPLAY_FATES) sum[fate] += other[fate] ?? 0;
  return sum;
}

export function sumReplayCounts(counts: ReplayCounts): number {
  return REPLAY_FATES.reduce((sum, fate) => sum + counts[fate], 0);
}

/** Why a replay stands still or ended. Never holds log text. */
export interface ReplayFailure {
  code: string;
  message: string;
}

/** Where a replay stands: all that its next run needs, below 16 KiB. */
export interface ReplayProgress {
  /** Ranges of the plan before this one are done; those of its page are at `positions`. */
  page: number;
  /** Next offsets of the page's partitions that have begun, by partition; null of one that is done. */
  positions: [partition: number, next: OffsetString | null][];
  counts: ReplayCounts;
  shadow?: ShadowReport | undefined;
  /** Epochs that documents were written under by a rescore: more than one when the rules changed meanwhile. */
  epochs: number[];
  /** Milliseconds of work, pauses left out. */
  activeMs: number;
}

export const REPLAY_STATUSES = [
  'ordered',
  'planning',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'done',
  'cancelled',
  'failed',
] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

/** Statuses in which nothing happens any more unless somebody resumes it. */
export function isReplayOver(status: ReplayStatus): boolean {
  return status === 'done' || status === 'cancelled' || status === 'failed';
}

/** Answer of a replay's `state` query. */
export interface ReplayState {
  status: ReplayStatus;
  mode?: ReplayMode | undefined;
  findings?: ReplayFindings | undefined;
  progress: ReplayProgress;
  /** Offsets a second, of late; absent before the first were done. */
  rate?: number | undefined;
  /** Seconds left at that rate. */
  etaSeconds?: number | undefined;
  pause?: { reason?: string | undefined; actor?: string | undefined } | undefined;
  failure?: ReplayFailure | undefined;
}

/** A replay as it is kept. */
export interface StoredReplay {
  order: ReplayOrder;
  status: ReplayStatus;
  findings?: ReplayFindings | undefined;
  progress?: ReplayProgress | undefined;
  failure?: ReplayFailure | null | undefined;
  /** ISO time of the last word of its workflow. */
  savedAt?: string | undefined;
}

/** Input of the replay workflow, and its argument at continue-as-new. What it does is kept under its id. */
export interface ReplayInput {
  topic: string;
  id: string;
  /** What an earlier run leaves to this one. */
  carried?: { start: ReplayStart; progress: ReplayProgress; pause?: ReplayState['pause'] } | undefined;
}

/** What a workflow is told when it starts. */
export interface ReplayStart {
  mode: ReplayMode;
  dryRun: boolean;
  recordsPerSecond?: number | undefined;
  /** Ranges in the plan. */
  ranges: number;
  findings: ReplayFindings;
  /** Where an earlier workflow of this replay had come to. */
  progress?: ReplayProgress | undefined;
}

export function freshProgress(gone: number): ReplayProgress {
  return { page: 0, positions: [], counts: { ...noReplayCounts(), gone }, epochs: [], activeMs: 0 };
}

/** Ranges whose positions a workflow holds at the same time. */
export const REPLAY_PAGE = 50;

/** Offsets of which nothing is known yet. */
export function offsetsLeft({ offsets, gone }: ReplayFindings, { counts }: ReplayProgress): number {
  return Math.max(0, offsets + gone - sumReplayCounts(counts));
}
