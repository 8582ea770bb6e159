import type { Logger } from '../logger';

export interface TopicWait {
  /** Number of partitions; undefined when there is no such topic. Rejects when Kafka does not answer. */
  countPartitions: () => Promise<number | undefined>;
  sleep: (ms: number) => Promise<unknown>;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
  logger: Logger;
  signal: AbortSignal;
}

interface Answer {
  partitions?: number | undefined;
  problem?: string;
  reason?: string;
}

const POLL_MS = 500;
/** kafkajs tries for longer than anybody wants to look at a silent process. */
const SILENCE_MS = 3000;
const REPEAT_MS = 10_000;
const MISSING = 'topic is missing, waiting';
const NO_ANSWER = 'kafka does not answer, waiting';

/** Waits for a topic, however long, and says what for. Gives its partitions; undefined when `signal` came first. */
export async function waitForTopic({
  countPartitions,
  sleep,
  now,
  logger,
  signal,
}: TopicWait): Promise<number | undefined> {
  const stopped = new Promise<Answer>((resolve) => signal.addEventListener('abort', () => resolve({})));
  const tell = problemLog(logger, now);
  while (!signal.aborted) {
    const question = ask(countPartitions);
    let answer: Answer | undefined;
    while (!answer) {
      answer = await Promise.race([question, stopped, sleep(SILENCE_MS).then(() => undefined)]);
      if (!answer) tell(NO_ANSWER);
    }
    if (answer.partitions !== undefined) return answer.partitions;
    if (answer.problem !== undefined) tell(answer.problem, answer.reason);
    await Promise.race([sleep(POLL_MS), stopped]);
  }
  return undefined;
}

/** Never rejects. */
async function ask(countPartitions: () => Promise<number | undefined>): Promise<Answer> {
  try {
    const partitions = await countPartitions();
    return { partitions, problem: MISSING };
  } catch (error) {
    return { problem: NO_ANSWER, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Tells a problem when it is new, and again every now and then. */
function problemLog(logger: Logger, now: () => number): (problem: string, reason?: string) => void {
  let told = '';
  let toldAt = 0;
  return (problem, reason) => {
    if (problem === told && now() - toldAt < REPEAT_MS) return;
    told = problem;
    toldAt = now();
    logger.warn({ reason }, problem);
  };
}
