import { CancellationScope } from '@temporalio/workflow';
import type { PullResult } from '../activities/pull-batch';
import type { BatchRef } from '../domain/batch';
import type { FateCounts } from '../domain/ledger';
import type { OffsetString } from '../domain/offsets';
import { PULL_WAIT_MS, sharedPull, sharedSteps, stepsOn } from './activity-options';
import type { Flight, PipelineState } from './pipeline-state';
import { isWorthAnotherQueue, settledBy } from './step-failures';

/** Pulls on the queue of the worker that serves this partition, or chooses a worker by a pull on the shared queue. */
export async function pull(state: PipelineState, from: OffsetString): Promise<PullResult> {
  const { topic, partition, orders, progress, workerQueue } = state;
  const { batch: limits } = orders.settings;
  const input = {
    topic,
    generation: progress.generation,
    partition,
    from,
    limits,
    epoch: orders.epoch,
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
  if (workerQueue !== undefined) {
    try {
      const steps = stepsOn(workerQueue);
      await steps.scoreBatch.executeWithOptions({ summary }, [{ ref, epoch }]);
      flight.step = 'index';
      return (await steps.indexBatch.executeWithOptions({ summary }, [{ ref, epoch }])).fates;
    } catch (error) {
      if (isBeingCancelled() || !isWorthAnotherQueue(error)) throw error;
      if (state.workerQueue === workerQueue) state.workerQueue = undefined;
      settled = settledBy(error);
    }
  }
  flight.step = 'index';
  return (await sharedSteps.indexBatch.executeWithOptions({ summary }, [{ ref, epoch, settled }])).fates;
}

/**
 * True when the surrounding scope was cancelled. Asked instead of the state, which a resume right after the pause has
 * changed back by the time the cancellation arrives.
 */
export function isBeingCancelled(): boolean {
  return CancellationScope.current().consideredCancelled;
}
