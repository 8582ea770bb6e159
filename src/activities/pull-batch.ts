import { Context } from '@temporalio/activity';
import type { BatchLimits, BatchRef } from '../domain/batch';
import { PipelineError } from '../domain/errors';
import { formatOffset, parseOffset, type OffsetString } from '../domain/offsets';
import type { Logger } from '../logger';
import type { Epoch } from '../workflows/contract';
import type { BatchCache } from './batch-cache';
import type { BatchSource } from './ports';
import { beat } from './heartbeat';
import type { BatchObserver, TraceBatch } from './observer';

export interface PullInput {
  topic: string;
  generation: number;
  /** Kafka's id of the topic, as the first pull of this generation gave it; absent in that one. */
  topicId?: string | undefined;
  partition: number;
  from: OffsetString;
  limits: BatchLimits;
  epoch: Epoch;
  /** Next offset as last mirrored: set when the topic must have a commit of ours. */
  committed?: OffsetString | undefined;
  /** The first offset that must not be read; absent when there is none. */
  before?: OffsetString | undefined;
  /** How long to wait for a first record, in ms. */
  waitMs: number;
}

export interface PullResult {
  /** Absent when there was no record. */
  ref?: BatchRef;
  /** Where the next pull starts: behind the batch, or behind offsets without records. */
  next: OffsetString;
  /** Task queue of the worker that holds the batch. */
  queue: string;
  /** Kafka's id of the topic that was read; absent where the broker does not tell. */
  topicId?: string;
}

/** What a pull says in its heartbeat, for the Web UI. */
export interface PullHeartbeat {
  /** The next records belong to a transaction that is still open: Kafka's last stable offset stands before them. */
  waiting: 'waiting_lso';
  /** ISO time. */
  since: string;
}

/** Waiting bodies take this many times the bytes of their records. */
const ROOM_PER_BYTE = 3;

/**
 * Step one: waits for records and keeps a batch of them in this worker's cache.
 *
 * Fails with cache_full while the worker holds all it may, epoch_mismatch when it has other rules, and as the source:
 * with offset_out_of_range the failure's first detail is the `OffsetGap` that Kafka has deleted.
 */
export function createPullBatch(deps: {
  source: BatchSource;
  cache: BatchCache;
  rulesHash: string;
  queue: string;
  observer: BatchObserver;
  /** Absent while nothing is traced. */
  traceBatch?: TraceBatch | undefined;
  logger: Pick<Logger, 'warn'>;
}) {
  return async function pullBatch(input: PullInput): Promise<PullResult> {
    const { topic, generation, topicId, committed, partition, limits, epoch, waitMs } = input;
    demandEpoch(epoch, deps.rulesHash);
    demandRoom(deps.cache, limits.maxBytes);
    const startedAt = Date.now();
    const from = parseOffset(input.from);
    let waiting: PullHeartbeat | undefined;
    const onOpenTransaction = (open: boolean) => {
      if (open && !waiting) deps.logger.warn({ topic, partition, from }, 'waiting for an open transaction to end');
      waiting = open ? (waiting ?? { waiting: 'waiting_lso', since: new Date().toISOString() }) : undefined;
    };
    const signal = Context.current().cancellationSignal;
    const bound = input.before === undefined ? {} : { before: parseOffset(input.before) };
    const context = { topicId, committed, onOpenTransaction };
    const range = await beat(
      () => deps.source.pull(partition, from, { ...limits, ...bound, waitMs }, signal, context),
      () => waiting,
    );
    const next = formatOffset(range.to);
    const found = range.topicId === undefined ? {} : { topicId: range.topicId };
    if (range.records.length === 0) return { next, queue: deps.queue, ...found };
    // Pulls wait side by side: what had room for one may have none for all.
    demandRoom(deps.cache, range.bytes);
    const ref: BatchRef = {
      topic,
      generation,
      ...found,
      partition,
      from: input.from,
      to: next,
      count: range.records.length,
      bytes: range.bytes,
    };
    const told = { ref, epoch: epoch.number, startedAt, endedAt: Date.now() };
    if (deps.traceBatch) ref.traceparent = deps.traceBatch({ ...told, records: range.records });
    deps.cache.put(ref, range.records, range.bytes);
    deps.observer.stage({ stage: 'pull', ...told });
    return { ref, next, queue: deps.queue, ...found };
  };
}

function demandRoom(cache: BatchCache, bytes: number): void {
  if (cache.hasRoom(bytes * ROOM_PER_BYTE)) return;
  throw new PipelineError('cache_full', 'this worker holds all the batches it may');
}

/** A worker with other rules must not touch a batch: the same range and epoch always give the same bytes. */
export function demandEpoch(epoch: Epoch, rulesHash: string): void {
  if (epoch.rulesHash === rulesHash) return;
  throw new PipelineError('epoch_mismatch', `epoch ${epoch.number} has other rules than this worker`, {
    retryAfterMs: 2000,
  });
}
