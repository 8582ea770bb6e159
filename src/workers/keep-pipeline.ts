import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { isOpenStatus } from '../domain/workflow-status';
import type { Logger } from '../logger';
import { supervisorWorkflowId } from '../workflows/contract';

/** How soon a supervisor that is gone is started again, in ms. */
const LOOK_INTERVAL_MS = 10_000;
const ANSWER_LIMIT_MS = 5000;

/**
 * Starts the topic's supervisor again whenever it is gone, until `signal` comes: Temporal's database was lost, or
 * somebody terminated it. The supervisor does the same for the partitions.
 *
 * @param start as at the worker's own start; safe to repeat
 */
export async function keepPipeline(
  client: Client,
  topic: string,
  start: () => Promise<void>,
  logger: Logger,
  signal: AbortSignal,
  intervalMs = LOOK_INTERVAL_MS,
): Promise<void> {
  for (;;) {
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      if (await client.withDeadline(Date.now() + ANSWER_LIMIT_MS, () => isRunning(client, topic))) continue;
      logger.warn({ topic }, 'the supervisor is gone, starting it again');
      await start();
    } catch (error) {
      logger.debug({ topic, reason: (error as Error).message }, 'the supervisor cannot be looked at');
    }
  }
}

async function isRunning(client: Client, topic: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(supervisorWorkflowId(topic)).describe();
    return isOpenStatus(status.name);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
