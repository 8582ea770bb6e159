import { orderReplay } from '../domain/order-replay';
import type { ReplayOrder } from '../domain/replay';
import type { ReplayRuns, ReplayStore } from './replay-ports';

export interface OrderReplayInput {
  topic: string;
  order: Omit<ReplayOrder, 'id' | 'topic' | 'orderedAt'>;
  /** Id of an order without a request id. */
  fallback: string;
  /** ISO time. */
  orderedAt: string;
}

/** Keeps an order that came as a message, and starts its workflow; safe to repeat. */
export function createOrderReplay(deps: { replayStore: ReplayStore; replayRuns: ReplayRuns }) {
  return async function orderFromMessage({ topic, order, fallback, orderedAt }: OrderReplayInput) {
    const id = order.requestId === undefined ? fallback : deps.replayStore.idOf(topic, order.requestId);
    return { id, ...(await orderReplay({ ...order, id, topic, orderedAt }, deps)) };
  };
}
