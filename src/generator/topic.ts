import type { Logger } from '../logger';

export interface TopicWait {
  /** Number of partitions; undefined when there is no such topic. Rejects when Kafka does not answer. */
  countPartitions: () => Promise<number | undefined>;
  sleep: (ms: number) => Promise<void>;
  logger: Logger;
  signal: AbortSignal;
}

const POLL_MS = 500;
/** A reason is repeated after so many polls: every 10 s. */
const REPEAT_POLLS = 20;

/** Waits for a topic, however long, and says what it waits for. Gives its partitions; undefined when `signal` came first. */
export async function waitForTopic({ countPartitions, sleep, logger, signal }: TopicWait): Promise<number | undefined> {
  let told = '';
  for (let poll = 0; !signal.aborted; poll++) {
    let reason: string;
    let error: unknown;
    try {
      const count = await countPartitions();
      if (count !== undefined) return count;
      reason = 'topic is missing, waiting';
    } catch (caught) {
      error = caught;
      reason = 'kafka does not answer, waiting';
    }
    if (reason !== told || poll % REPEAT_POLLS === 0) {
      logger.warn(error instanceof Error ? { reason: error.message } : {}, reason);
    }
    told = reason;
    await sleep(POLL_MS);
  }
  return undefined;
}
