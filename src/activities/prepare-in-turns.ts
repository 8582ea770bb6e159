import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BatchRef } from '../domain/batch';
import type { KafkaRecord } from '../domain/record';
import { Preparation, type PreparationDeps, type PreparedBatch } from './prepare-batch';

/** How long a batch may hold the process before whatever else is due has its turn, in ms. */
const SLICE_MS = 10;
/** Records between two looks at the clock: with the slowest formats a few milliseconds. */
const RECORDS = 100;

/** The batch that is being prepared in this process. */
let underWay: Promise<unknown> = Promise.resolve();

/**
 * Prepares a batch without holding the process: answers of Elasticsearch and orders of Temporal for the other partitions are
 * taken in between, where a batch of a slow format holds them up for half a second otherwise. One batch after another: of
 * two at the same time both would end late, and Elasticsearch have nothing to do meanwhile.
 */
export async function prepareInTurns(
  ref: BatchRef,
  records: KafkaRecord[],
  epoch: number,
  deps: PreparationDeps,
): Promise<PreparedBatch> {
  const mine = underWay.then(() => prepareInSlices(new Preparation(ref, records, epoch, deps)));
  underWay = mine.catch(() => undefined);
  return mine;
}

async function prepareInSlices(preparation: Preparation): Promise<PreparedBatch> {
  let sliceEnd = performance.now() + SLICE_MS;
  for (;;) {
    preparation.addSome(RECORDS);
    if (preparation.isDone) return preparation.finish();
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
}
