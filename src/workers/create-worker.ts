import { GracefulShutdownPeriodExpiredError, NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { temporalConnection, withTemporalAdvice, type TemporalSecurity } from '../temporal-security';
import type { WorkerActivities } from './topic-runtime';

export interface CreateWorkerOptions {
  /** How the frontend is reached. */
  temporal: TemporalSecurity;
  namespace: string;
  /** Queue of workflows, and of the steps that any worker may take. */
  taskQueue: string;
  /** This worker's own queue. */
  ownQueue: string;
  activities: WorkerActivities;
  workflows: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'>;
  /** Within this a shutdown is over, the clients' closing included. */
  shutdownGraceMs: number;
}

/** Both queues of one worker process, as one. */
export interface PipelineWorker {
  /** Resolves after `shutdown` when everything in flight has ended, rejects when a worker fails. */
  run(): Promise<void>;
  /** Takes no further work; what is in flight has the grace to finish. */
  shutdown(): void;
  close(): Promise<void>;
}

/** Idle pulls hold a slot each, so there are many; what works at the same time is bounded by window and cache. */
const ACTIVITY_SLOTS = 500;

/** The worker of the shared queue and the one of this process's own queue, which keeps a partition's batches together. */
export async function createWorker(options: CreateWorkerOptions): Promise<PipelineWorker> {
  const { namespace, taskQueue, ownQueue, activities, shutdownGraceMs } = options;
  // Most of the grace is for what is under way to end, some for what is cancelled then, the rest to close.
  const part = Math.min(5000, shutdownGraceMs / 4);
  const connection = await NativeConnection.connect(temporalConnection(options.temporal)).catch((error: unknown) => {
    throw withTemporalAdvice(error);
  });
  const common = {
    connection,
    namespace,
    activities,
    shutdownGraceTime: shutdownGraceMs - 2 * part,
    shutdownForceTime: shutdownGraceMs - part,
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    // A cancellation arrives with a heartbeat: often enough that a pause holds within 10 s.
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
  } satisfies Partial<WorkerOptions>;
  const shared = await Worker.create({
    ...common,
    ...options.workflows,
    taskQueue,
    // After a worker's death its workflows wait this long before another takes them.
    stickyQueueScheduleToStartTimeout: '2s',
    maxConcurrentActivityTaskPolls: 4,
    maxConcurrentWorkflowTaskPolls: 4,
    reuseV8Context: true,
  });
  const own = await Worker.create({ ...common, taskQueue: ownQueue, maxConcurrentActivityTaskPolls: 4 });
  const workers = [shared, own];
  const shutdown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    async run() {
      const runs = workers.map((worker) => worker.run().catch(leave));
      await Promise.all(runs).catch(async (error: unknown) => {
        shutdown();
        await Promise.allSettled(runs);
        throw error;
      });
    },
    shutdown,
    close: () => connection.close(),
  };
}

/** What a stopping worker gives up, another one takes over when its heartbeats are missed. */
function leave(error: unknown): void {
  if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error;
}
