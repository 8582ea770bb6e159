import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities';

/**
 * One place for every activity's timeouts and retries.
 *
 * After kill -9 of a worker its heartbeats stop; `HEARTBEAT` after the last one the step is handed to the shared
 * queue, where any worker takes it. What is scheduled on a dead worker's own queue waits `OWN_QUEUE_WAIT`.
 */
const HEARTBEAT = '6s';
const OWN_QUEUE_WAIT = '3s';

const LONG_RUNNING = {
  heartbeatTimeout: HEARTBEAT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} satisfies ActivityOptions;

/** A pull may be abandoned at any moment: what it brings is forgotten. */
const PULL = {
  heartbeatTimeout: HEARTBEAT,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
} satisfies ActivityOptions;

/** A single attempt: when it fails, the shared queue takes over. */
const OWN_QUEUE = { retry: { maximumAttempts: 1 }, scheduleToStartTimeout: OWN_QUEUE_WAIT } satisfies ActivityOptions;

/** Until it works: no outage needs a person. */
const UNTIL_DONE = {
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
} satisfies ActivityOptions;

/** How long one pull waits for a first record; an idle partition costs the history nothing in between. */
export const PULL_WAIT_MS = 240_000;
/** How long one look at the topic lasts when nothing changes. */
export const WATCH_MS = 600_000;

const PULL_LIMIT = '5m';
const BATCH_LIMIT = '3m';

/** The steps on the queue of the worker that holds the partition's batches. */
export function stepsOn(taskQueue: string) {
  const { pullBatch } = proxyActivities<Activities>({
    ...PULL,
    ...OWN_QUEUE,
    taskQueue,
    startToCloseTimeout: PULL_LIMIT,
  });
  const { scoreBatch, indexBatch } = proxyActivities<Activities>({
    ...LONG_RUNNING,
    ...OWN_QUEUE,
    taskQueue,
    startToCloseTimeout: BATCH_LIMIT,
  });
  return { pullBatch, scoreBatch, indexBatch };
}

export const sharedPull = proxyActivities<Pick<Activities, 'pullBatch'>>({
  ...PULL,
  ...UNTIL_DONE,
  startToCloseTimeout: PULL_LIMIT,
});

export const sharedSteps = proxyActivities<Pick<Activities, 'indexBatch' | 'accountGap'>>({
  ...LONG_RUNNING,
  ...UNTIL_DONE,
  startToCloseTimeout: BATCH_LIMIT,
});

/** Off the records' path, until Kafka answers. */
export const draining = proxyActivities<Pick<Activities, 'findEnd'>>({ ...UNTIL_DONE, startToCloseTimeout: '20s' });

/** Off the records' path: a commit that fails is made up for by the next one. */
export const mirror = proxyActivities<Pick<Activities, 'commitOffset'>>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '60s',
  retry: { initialInterval: '1s', maximumInterval: '10s' },
});

export const supervision = proxyActivities<Pick<Activities, 'reconcilePartitions'>>({
  heartbeatTimeout: HEARTBEAT,
  startToCloseTimeout: '12m',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  ...UNTIL_DONE,
});

export const retention = proxyActivities<Pick<Activities, 'expireIndices'>>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '5m',
});

/** On the shared queue, until it works: any worker goes on where another one died. */
export const redriving = proxyActivities<Pick<Activities, 'redriveChunk'>>({
  ...LONG_RUNNING,
  ...UNTIL_DONE,
  startToCloseTimeout: '10m',
});

/** The small steps of a replay. */
export const replaying = proxyActivities<
  Pick<Activities, 'orderReplay' | 'planReplay' | 'listReplayRanges' | 'saveReplay'>
>({
  heartbeatTimeout: HEARTBEAT,
  ...UNTIL_DONE,
  startToCloseTimeout: '10m',
});

/** On the shared queue, until it works: any worker goes on where another one died. One that is cancelled says where it stands. */
export const replayRecords = proxyActivities<Pick<Activities, 'replayChunk'>>({
  ...LONG_RUNNING,
  ...UNTIL_DONE,
  startToCloseTimeout: '15m',
});

/** On the shared queue, until it works: any worker of the same folder goes on. One that is cancelled ends behind a whole part. */
export const exporting = proxyActivities<Pick<Activities, 'exportChunk' | 'finishExport'>>({
  ...LONG_RUNNING,
  ...UNTIL_DONE,
  startToCloseTimeout: '1h',
});

/** What is kept of an export's end helps whoever asks: without the folder it is let be. */
export const closingExport = proxyActivities<Pick<Activities, 'saveExport'>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
});
