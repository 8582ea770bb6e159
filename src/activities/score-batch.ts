import { Context } from '@temporalio/activity';
import type { BatchRef } from '../domain/batch';
import { parseOffset } from '../domain/offsets';
import type { KafkaRecord } from '../domain/record';
import type { ScoringRules } from '../scoring/rules';
import type { Epoch } from '../workflows/contract';
import type { BatchCache } from './batch-cache';
import { beat } from './heartbeat';
import { observeStage, type BatchObserver } from './observer';
import type { BatchSource, DecodeRecord, RecordIndex } from './ports';
import { prepareInStretches, type PreparedBatch } from './prepare-batch';
import { demandEpoch } from './pull-batch';

export interface StepInput {
  ref: BatchRef;
  epoch: Epoch;
}

export interface ScoreResult {
  scored: number;
  rejected: number;
  filtered: number;
  anomalies: number;
}

export interface PrepareDeps {
  source: BatchSource;
  cache: BatchCache;
  decode: DecodeRecord;
  rules: ScoringRules;
  index: RecordIndex;
  rulesHash: string;
}

/**
 * Step two: decodes, validates, normalises and scores a batch, and builds its bulk bodies into this worker's cache.
 *
 * Fails as the source when the batch must be read again: with offset_out_of_range the failure's first detail is the
 * `OffsetGap` that Kafka has deleted.
 */
export function createScoreBatch(deps: PrepareDeps & { observer: BatchObserver }) {
  return async function scoreBatch({ ref, epoch }: StepInput): Promise<ScoreResult> {
    const { records, rejected, filtered, anomalies } = await beat(() =>
      observeStage(deps.observer, { stage: 'score', ref, epoch: epoch.number }, () => obtainPrepared(ref, epoch, deps)),
    );
    return { scored: records.length - rejected.length - filtered, rejected: rejected.length, filtered, anomalies };
  };
}

/**
 * The prepared batch from the cache, or made anew, from Kafka if need be.
 *
 * @param toWrite counts who asks among its writers, before anybody else has a turn
 */
export async function obtainPrepared(
  ref: BatchRef,
  epoch: Epoch,
  deps: PrepareDeps,
  toWrite = false,
): Promise<PreparedBatch> {
  demandEpoch(epoch, deps.rulesHash);
  const held = deps.cache.prepared(ref, epoch.number);
  if (held) {
    if (toWrite) held.writers += 1;
    return held;
  }
  const prepared = await prepareInStretches(ref, await obtainRecords(ref, deps), epoch.number, deps);
  if (toWrite) prepared.writers = 1;
  deps.cache.keepPrepared(ref, prepared);
  return prepared;
}

/** The records of a batch from the cache, or from Kafka. */
export async function obtainRecords(
  ref: BatchRef,
  { cache, source }: Pick<PrepareDeps, 'cache' | 'source'>,
): Promise<KafkaRecord[]> {
  const held = cache.records(ref);
  if (held) return held;
  const { cancellationSignal } = Context.current();
  const [from, to] = [parseOffset(ref.from), parseOffset(ref.to)];
  const range = await source.read(ref.partition, from, to, cancellationSignal, { topicId: ref.topicId });
  cache.put(ref, range.records, range.bytes);
  return range.records;
}
