import type { BatchRef } from '../domain/batch';
import type { KafkaRecord } from '../domain/record';
import type { PreparedBatch } from './prepare-batch';

/** How records are prepared where they can do a worker no harm. */

/** Records prepared in a child process: as a {@link PreparedBatch}, positions being those of the whole batch. */
export type PreparedRange = Pick<
  PreparedBatch,
  'parts' | 'positions' | 'rejected' | 'several' | 'filtered' | 'anomalies'
>;

/** How a child process ended: with its range prepared, or killed while it was at the `at`th record of it, from 0. */
export type ChildOutcome = { kind: 'prepared'; range: PreparedRange } | { kind: 'killed'; at: number; how: string };

/** Prepares records where they can do this process no harm. */
export interface IsolatedPreparation {
  /**
   * Decodes, scores and builds these records of a batch in a fresh child process.
   *
   * @throws Error when the child ended without any record's doing, or the signal's reason when aborted
   */
  run(
    ref: BatchRef,
    epoch: number,
    records: KafkaRecord[],
    positions: number[],
    signal: AbortSignal,
  ): Promise<ChildOutcome>;
}
