import { CancellationScope } from '@temporalio/workflow';
import type { IndexResult } from '../activities/index-batch';
import type { PullResult } from '../activities/pull-batch';
import type { BatchRef } from '../domain/batch';
import type { FateCounts } from '../domain/ledger';
import type { OffsetString } from '../domain/offsets';
import { PULL_WAIT_MS, sharedPull, sharedSteps, stepsOn } from './activity-options';
import { SLOW_BULK_MS } from './batch-size';
import type { Flight } from './partition-progress';
import type { PipelineState } from './pipeline-state';
import { codeOf, isLost, isWorthAnotherQueue, settledBy } from './step-failures';

/**
 * Pulls on the queue of the worker that serves this partition, or chooses a worker by a pull on the shared queue. The
 * first one binds the partition to the topic as it is now.
 */
export async function pull(state: PipelineState, from: OffsetString): Promise<PullResult> {
  const { generation } = state.progress;
  const result = await pullSomewhere(state, from);
  if (state.progress.generation === generation) state.adoptTopic(result.topicId);
  return result;
}

async function pullSomewhere(state: PipelineState, from: OffsetString): Promise<PullResult> {
  const { topic, partition, orders, progress, holds, workerQueue, limits, committed } = state;
  const input = {
    topic,
    generation: progress.generation,
    topicId: progress.topicId,
    partition,
    from,
    limits,
    ...(committed === undefined ? {} : { committed }),
    epoch: orders.epoch,
    ...(holds.limit === undefined ? {} : { before: holds.limit }),
    waitMs: PULL_WAIT_MS,
  };
  const summary = `from ${from}`;
  if (workerQueue !== undefined) {
    try {
      return await stepsOn(workerQueue).pullBatch.executeWithOptions({ summary }, [input]);
    } catch (error) {
      if (isBeingCancelled() || !isWorthAnotherQueue(error)) throw error;
      state.workerQueue = undefined;
    }
  }
  const result = await sharedPull.pullBatch.executeWithOptions({ summary }, [input]);
  state.workerQueue = result.queue;
  return result;
}

/**
 * Scores and indexes on the worker that holds the batch, in one attempt; whatever goes wrong there, the shared queue
 * takes over and goes on until it is done.
 */
export async function scoreAndIndex(state: PipelineState, flight: Flight, ref: BatchRef): Promise<FateCounts> {
  const { epoch } = flight;
  const { workerQueue } = state;
  const summary = `${ref.from}-${ref.to}, ${ref.count} records`;
  let settled;
  let lost = 0;
  if (workerQueue !== undefined) {
    try {
      const steps = stepsOn(workerQueue);
      await steps.scoreBatch.executeWithOptions({ summary }, [{ ref, epoch }]);
      flight.step = 'index';
      return adapt(state, await steps.indexBatch.executeWithOptions({ summary }, [{ ref, epoch }]));
    } catch (error) {
      if (isBeingCancelled() || !isWorthAnotherQueue(error)) throw error;
      if (codeOf(error) === 'elasticsearch_throttled') state.shrink();
      if (state.workerQueue === workerQueue) state.workerQueue = undefined;
      settled = settledBy(error);
      if (isLost(error)) lost = 1;
    }
  }
  flight.step = 'index';
  return adapt(state, await sharedSteps.indexBatch.executeWithOptions({ summary }, [{ ref, epoch, settled, lost }]));
}

/** Lets the next batches be smaller when this one was too large or slow, and larger again when it was not. */
function adapt(state: PipelineState, { fates, splits = 0, slowestMs = 0 }: IndexResult): FateCounts {
  if (splits > 0 || slowestMs >= SLOW_BULK_MS) state.shrink();
  else state.grow();
  return fates;
}

/**
 * The fates of a range that Kafka no longer holds: what an earlier attempt had brought to Elasticsearch is there
 * already, the rest is lost.
 */
export async function accountGap(state: PipelineState, { from, to }: Flight): Promise<FateCounts> {
  const { topic, partition } = state;
  const { generation } = state.progress;
  const input = { topic, generation, partition, from, to };
  return sharedSteps.accountGap.executeWithOptions({ summary: `${from}-${to}` }, [input]);
}

/**
 * True when the surrounding scope was cancelled. Asked instead of the state, which a resume right after the pause has
 * changed back by the time the cancellation arrives.
 */
export function isBeingCancelled(): boolean {
  return CancellationScope.current().consideredCancelled;
}
