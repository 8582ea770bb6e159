import { PipelineError } from '../domain/errors';
import type { Logger } from '../logger';
import type { WorkerClients } from './open-clients';
import { startTopic, type IsStopping } from './start-topic';
import type { TopicRuntime } from './topic-runtime';

/** What only a person can mend is looked at again after this long, in case somebody did. */
const MENDED_MS = 30_000;

/**
 * Starts the pipelines of all topics side by side, and resolves when the first one runs: a topic that cannot be started
 * keeps no other one waiting. Where it is the only one, or none can be, that is thrown.
 */
export async function startTopics(
  runtimes: readonly TopicRuntime[],
  clients: WorkerClients,
  logger: Logger,
  isStopping: IsStopping,
): Promise<void> {
  const starts = runtimes.map((runtime) => startTopic(runtime, clients, logger, isStopping));
  await Promise.any(starts).catch(({ errors }: AggregateError) => {
    throw errors[0];
  });
  starts.forEach((start, position) => {
    start.catch((error: unknown) => startLater(error, runtimes[position]!));
  });

  function startLater(error: unknown, runtime: TopicRuntime): void {
    if (isStopping()) return;
    const { topic } = runtime;
    const known = error instanceof PipelineError ? { code: error.code, reason: error.message } : { err: error };
    logger.error({ topic, ...known }, 'this topic is not started, the others are');
    setTimeout(() => {
      if (isStopping()) return;
      startTopic(runtime, clients, logger, isStopping).catch((again: unknown) => startLater(again, runtime));
    }, MENDED_MS).unref();
  }
}
