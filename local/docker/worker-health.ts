import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadConfig } from '../../src/config';
import { temporalConnection } from '../../src/temporal-security';

/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITY_QUEUE = 2;
/** A waiting poll is asked again every minute at the latest; a worker that is silent for longer has stopped polling. */
const SILENT_AFTER_MS = 90_000;
const TIMEOUT_MS = 5_000;

/** Who polls a task queue, as Temporal lists it. */
export interface Poller {
  /** `pid@hostname`. */
  identity?: string | null;
  lastAccessTime?: { seconds?: { toString(): string } | null } | null;
}

/** True when a process on this host has polled of late. In a container the host's name is the container's own. */
export function polls(pollers: readonly Poller[], host: string, nowMs: number): boolean {
  return pollers.some(({ identity, lastAccessTime }) => {
    const lastMs = Number(lastAccessTime?.seconds ?? 0) * 1000;
    return identity?.endsWith(`@${host}`) === true && nowMs - lastMs < SILENT_AFTER_MS;
  });
}

/**
 * The health check of the worker's container. A worker has no port, so Temporal is asked whether it still fetches work:
 * a process that hangs, or cannot reach Temporal, fails.
 */
async function main(): Promise<void> {
  const { temporal } = loadConfig(process.env);
  const connection = await Connection.connect({ ...temporalConnection(temporal), connectTimeout: TIMEOUT_MS });
  const { pollers } = await connection.withDeadline(Date.now() + TIMEOUT_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace: temporal.namespace,
      taskQueue: { name: temporal.taskQueue },
      taskQueueType: ACTIVITY_QUEUE,
    }),
  );
  if (!polls(pollers ?? [], hostname(), Date.now())) throw new Error(`this worker does not poll ${temporal.taskQueue}`);
}

if (require.main === module) {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exit(1);
    },
  );
}
