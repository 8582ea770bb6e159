import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { PipelineError } from '../domain/errors';
import type { Orders, PipelineFailure } from '../workflows/contract';
import { beat } from './heartbeat';
import type { TopicView } from './ports';
import type { PartitionStarter } from './starter-ports';
import { newerHolds, parseCommitMetadata, restoreProgress } from './restore-progress';

export interface ReconcileInput {
  topic: string;
  /** Partitions known to the supervisor. */
  known: number[];
  /** Kafka's id of the topic that they were known of. */
  topicId?: string | undefined;
  orders: Orders;
  /** How long to watch, in ms, when nothing changes. */
  watchMs: number;
}

export interface ReconcileResult {
  partitions: number[];
  /** Partitions whose workflow was started. */
  started: number[];
  /** Kafka's id of the topic that the pipeline is bound to; absent where the broker does not tell. */
  topicId?: string;
}

/** A new partition is at work within 30 s: this interval, kafkajs's metadata age of 10 s, and the first pull. */
const CHECK_INTERVAL_MS = 10_000;

/**
 * Watches the topic and sees to it that every partition has its workflow running: one that is new, was terminated by
 * hand or was lost with Temporal's database is started, from its mirrored commit, and holds what its last run held.
 * Returns when something changed.
 *
 * Kafka forgets the commits of a topic that is deleted. A partition that is to be started on a topic created anew, and
 * has no commit there, is therefore started halted with topic_recreated, so that a person decides: its offsets would
 * otherwise pass for those of the topic before.
 */
export function createReconcilePartitions(deps: {
  topics: TopicView;
  starter: PartitionStarter;
  groupId: string;
  /** Aborted when this worker stops: another one watches on. */
  draining: AbortSignal;
}) {
  async function startMissing({ topic, topicId, orders }: ReconcileInput): Promise<ReconcileResult> {
    const found = await deps.topics.describe(topic);
    if (!found) throw new PipelineError('topic_missing', `there is no topic ${topic}`, { retryAfterMs: 5000 });
    const [ends, commits] = await Promise.all([deps.topics.ends(topic), deps.topics.committed(deps.groupId, topic)]);
    const binding = bindTopic(found.id, topicId, commits);
    const started: number[] = [];
    for (const partition of found.partitions) {
      const latest = await deps.starter.latest(topic, partition);
      if (latest?.running) continue;
      const commit = commits.get(partition);
      const earliest = ends.get(partition)?.low ?? 0;
      const progress = restoreProgress(commit, earliest, orders.epoch.number, binding.generation);
      // Nobody has decided yet what becomes of a topic that was created anew.
      const failure = commit ? undefined : binding.failure;
      const holds = newerHolds(latest?.holds, commit && parseCommitMetadata(commit.metadata)?.holds);
      const fresh = await deps.starter.start({
        topic,
        partition,
        progress: { ...progress, ...(failure ? {} : { topicId: progress.topicId ?? found.id }) },
        orders,
        ...(failure ? { failure } : {}),
        ...(commit ? { committed: commit.offset } : {}),
        ...(holds ? { ownHold: holds.own, topicHold: holds.topic } : {}),
      });
      if (fresh) started.push(partition);
    }
    const { partitions } = found;
    return { partitions, started, ...(binding.topicId === undefined ? {} : { topicId: binding.topicId }) };
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
        const changed =
          result.started.length > 0 ||
          result.partitions.join() !== input.known.join() ||
          result.topicId !== input.topicId;
        if (changed || Date.now() >= deadline) return result;
        const signal = AbortSignal.any([context.cancellationSignal, deps.draining]);
        await sleep(CHECK_INTERVAL_MS, undefined, { signal }).catch(() => context.cancellationSignal.throwIfAborted());
        if (deps.draining.aborted) throw new PipelineError('worker_draining', 'this worker is stopping');
      }
    });
  };
}

/** What the topic that is there now is to the pipeline. */
interface TopicBinding {
  topicId: string | undefined;
  /** Generation of partitions that have no progress of their own yet. */
  generation: number;
  /** Set when the topic is another one than the pipeline was bound to, and no commit tells that somebody rebound it. */
  failure?: PipelineFailure;
}

function bindTopic(
  id: string | undefined,
  boundTo: string | undefined,
  commits: Map<number, { metadata: string }>,
): TopicBinding {
  const bound = [...commits.values()]
    .map(({ metadata }) => parseCommitMetadata(metadata)?.progress)
    .filter((progress) => progress !== undefined && (progress.topicId ?? id) === id);
  const generation = Math.max(1, ...bound.map((progress) => progress!.generation));
  if (boundTo === undefined || id === undefined || id === boundTo || bound.length > 0) {
    return { topicId: id ?? boundTo, generation };
  }
  const message = `the topic was deleted and created again: its id is ${id}, not ${boundTo}`;
  return {
    topicId: boundTo,
    generation,
    failure: { code: 'topic_recreated', message, at: new Date().toISOString() },
  };
}
