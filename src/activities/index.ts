import { ApplicationFailure, Context } from '@temporalio/activity';
import type { PipelineError } from '../domain/errors';
import type { Logger } from '../logger';
import { createAccountGap } from './account-gap';
import { createCommitOffset } from './commit-offset';
import { createExpireIndices, type Retention } from './expire-indices';
import { createExportChunk, type ExportDeps } from './export-chunk';
import { createFinishExport, createSaveExport } from './export-end';
import { createFindEnd } from './find-end';
import { asFailures } from './failures';
import { createOrderReplay } from './order-replay';
import { createIndexBatch } from './index-batch';
import type { FateReader, ProgressMirror, RefreshPace, TopicView, WaitingReporter } from './ports';
import type { PartitionStarter } from './starter-ports';
import { codeOf, type BatchObserver, type TraceBatch } from './observer';
import type { IsolateDeps } from './prepare-isolated';
import { logFields } from './log-fields';
import { createPullBatch } from './pull-batch';
import { createReconcilePartitions } from './reconcile-partitions';
import { createRedriveChunk, type RedriveDeps } from './redrive-chunk';
import { createReplayChunk, type ReplayChunkDeps } from './replay-chunk';
import { createPlanReplay, type ReplayPlanDeps } from './replay-plan';
import { createListReplayRanges, createSaveReplay } from './save-replay';
import { createScoreBatch } from './score-batch';
import { WaitingReports, type StepSubject } from './waiting';

export interface ActivityDeps extends IsolateDeps, RedriveDeps, Retention, ReplayPlanDeps, ReplayChunkDeps, ExportDeps {
  /** This worker's own task queue. */
  queue: string;
  mirror: ProgressMirror;
  pace: RefreshPace;
  topics: TopicView;
  starter: PartitionStarter;
  fates: FateReader;
  reporter: WaitingReporter;
  groupId: string;
  draining: AbortSignal;
  observer: BatchObserver;
  /** Absent while nothing is traced. */
  traceBatch?: TraceBatch | undefined;
  logger: Logger;
}

/** The activities, named as workflows call them. Whatever they throw has passed `asFailures`. */
export function createActivities(deps: ActivityDeps) {
  const run = async <A extends unknown[], R>(
    name: string,
    step: (...args: A) => Promise<R>,
    args: A,
    tell?: (error: PipelineError) => void,
  ): Promise<R> => {
    const { attempt, workflowExecution } = Context.current().info;
    const about = { ...logFields(args[0]), workflow: workflowExecution?.workflowId, attempt };
    try {
      return await asFailures(deps.logger, name, () => step(...args), tell, about);
    } catch (error) {
      if (error instanceof ApplicationFailure) deps.observer.failed(name, codeOf(error));
      throw error;
    }
  };
  const guard =
    <A extends unknown[], R>(name: string, step: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      run(name, step, args);
  const reports = new WaitingReports(deps.reporter);
  const reported =
    <A extends unknown[], R>(name: string, step: (...args: A) => Promise<R>, subject: (...args: A) => StepSubject) =>
    (...args: A): Promise<R> => {
      const tell = (error: PipelineError) => reports.failed(Context.current().info, subject(...args), error);
      return run(name, step, args, tell);
    };
  return {
    pullBatch: reported('pullBatch', createPullBatch(deps), ({ from }) => ({ step: 'pull', from })),
    scoreBatch: guard('scoreBatch', createScoreBatch(deps)),
    indexBatch: reported('indexBatch', createIndexBatch(deps), ({ ref }) => ({ step: 'index', from: ref.from })),
    accountGap: reported('accountGap', createAccountGap(deps), ({ from }) => ({ step: 'index', from })),
    findEnd: guard('findEnd', createFindEnd(deps)),
    commitOffset: guard('commitOffset', createCommitOffset(deps)),
    reconcilePartitions: guard('reconcilePartitions', createReconcilePartitions(deps)),
    expireIndices: guard('expireIndices', createExpireIndices(deps)),
    redriveChunk: guard('redriveChunk', createRedriveChunk(deps)),
    orderReplay: guard('orderReplay', createOrderReplay(deps)),
    planReplay: guard('planReplay', createPlanReplay(deps)),
    listReplayRanges: guard('listReplayRanges', createListReplayRanges(deps)),
    replayChunk: guard('replayChunk', createReplayChunk(deps)),
    saveReplay: guard('saveReplay', createSaveReplay(deps)),
    exportChunk: guard('exportChunk', createExportChunk(deps)),
    finishExport: guard('finishExport', createFinishExport(deps)),
    saveExport: guard('saveExport', createSaveExport(deps)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
