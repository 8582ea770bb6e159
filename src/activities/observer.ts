import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import type { BatchRef } from '../domain/batch';
import { PipelineError } from '../domain/errors';
import type { Fate, FateCounts } from '../domain/ledger';
import { recordBytes, type KafkaRecord } from '../domain/record';
import type { RecordIndex } from './ports';
import type { PreparedBatch } from './prepare-batch';
import type { Settlement } from './settlement';

/**
 * The timed parts of a batch's way. `pull` holds the wait for records, `bulk` is one request, and `batch` is the whole
 * of it, from when it was read until every record has its fate.
 */
export const STAGES = ['pull', 'score', 'index', 'bulk', 'batch'] as const;
export type Stage = (typeof STAGES)[number];

/** A stage that begins; times are milliseconds since the epoch. */
export interface StageStart {
  stage: Stage;
  ref: BatchRef;
  epoch: number;
  startedAt: number;
}

/** A stage that ended. */
export interface StageEnd extends StageStart {
  endedAt: number;
  /** Why it failed; absent when it did not. */
  code?: string | undefined;
  /** Of a bulk request: where it went, with how many documents. */
  sent?: { index: string; items: number } | undefined;
}

/**
 * Begins the trace of a batch that was just pulled, from the records' headers. Returns the W3C traceparent for the batch's
 * reference. Never throws.
 */
export type TraceBatch = (pull: Omit<StageEnd, 'stage'> & { records: readonly KafkaRecord[] }) => string;

/** Records that met a fate, and the bytes of their keys and values. */
export interface FateTally {
  records: number;
  bytes: number;
}

/** Whoever watches the stages of batches. Called once a batch and stage and never once a record; never throws or waits. */
export interface StageObserver {
  stage(end: StageEnd): void;
  /** A stage begins that {@link stage} will end: any but `pull` and `batch`, which are known only when they end. */
  started?(start: StageStart): void;
}

/** Whoever watches the steps whole. No method throws or waits. */
export interface BatchObserver extends StageObserver {
  /**
   * Records have met their fates in this process since it was last told.
   *
   * @param documents that stand for them; none when absent
   */
  settled(fates: Partial<Record<Fate, FateTally>>, documents?: number): void;
  /** All of a batch has its fate: the age of its oldest record by Kafka's timestamp, in milliseconds. */
  fresh(ageMs: number): void;
  /** An attempt of a step failed. */
  failed(step: string, code: string): void;
}

/** The same observer, with one more for the stages. */
export function withStages(observer: BatchObserver, stages: StageObserver): BatchObserver {
  return {
    stage(end) {
      observer.stage(end);
      stages.stage(end);
    },
    started(start) {
      observer.started?.(start);
      stages.started?.(start);
    },
    settled: (fates, documents) => observer.settled(fates, documents),
    fresh: (ageMs) => observer.fresh(ageMs),
    failed: (step, code) => observer.failed(step, code),
  };
}

/** Code of what a step throws, as Temporal is told it. */
export function codeOf(error: unknown): string {
  if (error instanceof PipelineError) return error.code;
  if (error instanceof CancelledFailure) return 'cancelled';
  return (error instanceof ApplicationFailure && error.type) || 'internal_error';
}

/** Runs a stage and tells how it ended. */
export async function observeStage<T>(
  observer: BatchObserver,
  about: Omit<StageEnd, 'startedAt' | 'endedAt' | 'code'>,
  run: () => Promise<T>,
  failureOf: (result: T) => string | undefined = () => undefined,
): Promise<T> {
  const startedAt = Date.now();
  observer.started?.({ ...about, startedAt });
  const tell = (code: string | undefined) => observer.stage({ ...about, startedAt, endedAt: Date.now(), code });
  try {
    const result = await run();
    tell(failureOf(result));
    return result;
  } catch (error) {
    tell(codeOf(error));
    throw error;
  }
}

/** The same index, whose bulk requests are timed. */
export function observeBulks(index: RecordIndex, observer: BatchObserver): RecordIndex {
  return {
    ...index,
    write: (part, ref, epoch, only, signal) =>
      observeStage(
        observer,
        { stage: 'bulk', ref, epoch, sent: { index: part.index, items: only?.length ?? part.offsets.length } },
        () => index.write(part, ref, epoch, only, signal),
        ({ failure }) => failure?.code,
      ),
  };
}

/** What an attempt has settled itself; of a batch that is done also what needed no settling. */
export function tallyOf(
  settlement: Settlement,
  done?: { fates: FateCounts; prepared: PreparedBatch },
): Partial<Record<Fate, FateTally>> {
  const { indexed, duplicate, deadLettered } = settlement.fresh;
  if (!done) return { indexed, duplicate, deadLettered };
  const { fates, prepared } = done;
  return {
    indexed,
    duplicate,
    deadLettered,
    filtered: { records: fates.filtered, bytes: fates.filtered > 0 ? unsettledBytes(settlement, prepared) : 0 },
    void: { records: fates.void, bytes: 0 },
  };
}

function unsettledBytes(settlement: Settlement, { records }: PreparedBatch): number {
  return records.reduce((sum, record, at) => (settlement.isSettled(at) ? sum : sum + recordBytes(record)), 0);
}
