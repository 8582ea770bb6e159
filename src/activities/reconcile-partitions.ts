import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { PipelineError } from '../domain/errors';
import type { Orders } from '../workflows/contract';
import { beat } from './heartbeat';
import type { PartitionStarter, TopicView } from './ports';
import { restoreProgress } from './restore-progress';

export interface ReconcileInput {
  topic: string;
  /** Partitions known to the supervisor. */
  known: number[];
  orders: Orders;
  /** How long to watch, in ms, when nothing changes. */
  watchMs: number;
}

export interface ReconcileResult {
  partitions: number[];
  /** Partitions whose workflow was started. */
  started: number[];
}

/** A new partition is at work within 30 s: this interval, kafkajs's metadata age of 10 s, and the first pull. */
const CHECK_INTERVAL_MS = 10_000;

/**
 * Watches the topic and sees to it that every partition has its workflow running: one that is new, was terminated by
 * hand or was lost with Temporal's database is started, from its mirrored commit. Returns when something changed.
 */
export function createReconcilePartitions(deps: {
  topics: TopicView;
  starter: PartitionStarter;
  groupId: string;
  /** Aborted when this worker stops: another one watches on. */
  draining: AbortSignal;
}) {
  async function startMissing({ topic, orders }: ReconcileInput): Promise<ReconcileResult> {
    const partitions = await deps.topics.partitions(topic);
    if (!partitions) throw new PipelineError('topic_missing', `there is no topic ${topic}`, { retryAfterMs: 5000 });
    const [ends, commits] = await Promise.all([deps.topics.ends(topic), deps.topics.committed(deps.groupId, topic)]);
    const started: number[] = [];
    for (const partition of partitions) {
      const earliest = ends.get(partition)?.low ?? 0;
      const progress = restoreProgress(commits.get(partition), earliest, orders.epoch.number);
      const committed = commits.get(partition)?.offset;
      const fresh = await deps.starter.start({
        topic,
        partition,
        progress,
        orders,
        ...(committed ? { committed } : {}),
      });
      if (fresh) started.push(partition);
    }
    return { partitions, started };
  }

  return async function reconcilePartitions(input: ReconcileInput): Promise<ReconcileResult> {
    const deadline = Date.now() + input.watchMs;
    const context = Context.current();
    return beat(async () => {
      for (;;) {
        const result = await startMissing(input).catch((error: unknown) => {
          if (error instanceof PipelineError) throw error;
          throw new PipelineError('kafka_unavailable', 'the topic cannot be looked at', { cause: error });
        });
        const changed = result.started.length > 0 || result.partitions.join() !== input.known.join();
        if (changed || Date.now() >= deadline) return result;
        const signal = AbortSignal.any([context.cancellationSignal, deps.draining]);
        await sleep(CHECK_INTERVAL_MS, undefined, { signal }).catch(() => context.cancellationSignal.throwIfAborted());
        if (deps.draining.aborted) throw new PipelineError('worker_draining', 'this worker is stopping');
      }
    });
  };
}
