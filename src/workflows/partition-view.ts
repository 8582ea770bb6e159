import type { PartitionState } from './contract';
import type { PipelineState } from './pipeline-state';

/** The answer to a partition's `state` query. */
export function viewOf(state: PipelineState): PartitionState {
  const { orders, holds } = state;
  const inForce = holds.inForce(state.progress.ledger.next);
  return {
    ...state.progress,
    topic: state.topic,
    partition: state.partition,
    status: state.status,
    pause: inForce && { reason: inForce.reason, actor: inForce.actor },
    hold: inForce ?? holds.pending,
    epoch: orders.epoch,
    failure: state.failure,
    waiting: state.waiting,
    batch: state.limits,
    committed: state.committed,
    inFlight: state.flights.map(({ from, to, step }) => ({ from, to, step })),
    workerQueue: state.workerQueue,
    messages: state.messages.counts,
  };
}
