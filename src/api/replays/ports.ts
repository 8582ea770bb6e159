import type { ReplayStore } from '../../activities/replay-ports';
import type { ReplayMessage, ReplayState, ReplayStatus } from '../../domain/replay';
import type { ReplayList } from '../../elasticsearch/replay-store';

/** What could be learned of a replay's workflow. */
export interface ReplayReading {
  execution: 'open' | 'closed' | 'missing' | 'unreachable';
  /** Its own answer; absent when no worker answered in time. */
  state?: ReplayState | undefined;
  /** Why a step of it is being tried again. */
  failing?: { code: string; message: string } | undefined;
}

/** `left`: no worker answered in time, and the signal was left. */
export type ReplayDelivery = { kind: 'answered'; status: ReplayStatus } | { kind: 'left' } | { kind: 'missing' };

/** Replays as workflows. */
export interface ReplayWorkflows {
  /** Starts the workflow of a replay unless it runs. @throws PipelineError temporal_unavailable */
  start(topic: string, id: string): Promise<void>;
  /** Never throws. */
  read(topic: string, id: string): Promise<ReplayReading>;
  /** @throws whatever the Temporal client throws when it cannot be reached */
  send(
    topic: string,
    id: string,
    message: ReplayMessage,
    note: { reason?: string | undefined; actor: string },
  ): Promise<ReplayDelivery>;
}

/** All that the replay routes talk to. */
export interface ReplayDesk {
  store: Pick<ReplayStore & ReplayList, 'idOf' | 'create' | 'read' | 'update' | 'list'>;
  workflows: ReplayWorkflows;
}
