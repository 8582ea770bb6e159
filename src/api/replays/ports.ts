import type { ReplayStore } from '../../activities/replay-ports';
import type { ReplayMessage, ReplayState, ReplayStatus } from '../../domain/replay';
import type { ReplayList } from '../../elasticsearch/replay-store';
import type { OrderDelivery, OrderReading, OrderWorkflows } from '../pipeline/order-workflows';

/** What could be learned of a replay's workflow. */
export type ReplayReading = OrderReading<ReplayState>;

export type ReplayDelivery = OrderDelivery<ReplayStatus>;

/** Replays as workflows. */
export type ReplayWorkflows = OrderWorkflows<ReplayState, ReplayStatus, ReplayMessage>;

/** All that the replay routes talk to. */
export interface ReplayDesk {
  store: Pick<ReplayStore & ReplayList, 'idOf' | 'create' | 'read' | 'update' | 'list'>;
  workflows: ReplayWorkflows;
}
