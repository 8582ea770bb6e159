import type { Logger } from '../logger';
import { createCommitOffset } from './commit-offset';
import { createExpireIndices } from './expire-indices';
import { asFailures } from './failures';
import { createIndexBatch } from './index-batch';
import type { DeadLetters, IndexRetention, LetterIndex, PartitionStarter, ProgressMirror, TopicView } from './ports';
import { createPullBatch } from './pull-batch';
import { createReconcilePartitions } from './reconcile-partitions';
import { createScoreBatch, type PrepareDeps } from './score-batch';

export interface ActivityDeps extends PrepareDeps {
  /** This worker's own task queue. */
  queue: string;
  deadLetters: DeadLetters;
  letters: LetterIndex;
  mirror: ProgressMirror;
  topics: TopicView;
  starter: PartitionStarter;
  retention: IndexRetention;
  retentionDays: number;
  groupId: string;
  draining: AbortSignal;
  logger: Logger;
}

/** The activities, named as workflows call them. Whatever they throw has passed `asFailures`. */
export function createActivities(deps: ActivityDeps) {
  const guard =
    <A extends unknown[], R>(name: string, step: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      asFailures(deps.logger, name, () => step(...args));
  return {
    pullBatch: guard('pullBatch', createPullBatch(deps)),
    scoreBatch: guard('scoreBatch', createScoreBatch(deps)),
    indexBatch: guard('indexBatch', createIndexBatch(deps)),
    commitOffset: guard('commitOffset', createCommitOffset(deps)),
    reconcilePartitions: guard('reconcilePartitions', createReconcilePartitions(deps)),
    expireIndices: guard('expireIndices', createExpireIndices(deps)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
