import type { ReplayOrder } from './replay';
import type { ReplayRuns, ReplayStore } from '../activities/replay-ports';

export interface OrderDeps {
  replayStore: Pick<ReplayStore, 'create' | 'read'>;
  replayRuns: Pick<ReplayRuns, 'start'>;
}

/**
 * Keeps an order and starts its workflow; the same order again starts it only where that had not been done.
 *
 * @returns whether the order was there already
 */
export async function orderReplay(order: ReplayOrder, deps: OrderDeps): Promise<{ duplicate: boolean }> {
  const { topic, id } = order;
  const fresh = await deps.replayStore.create({ order, status: 'ordered' });
  const stored = fresh ? undefined : await deps.replayStore.read(id);
  if (fresh || stored?.status === 'ordered') await deps.replayRuns.start(topic, id);
  return { duplicate: !fresh };
}
