import type { PartitionState, SupervisorState } from '../../workflows/contract';
import type { AppDeps, WorkflowReading } from '../ports';
import { Problem } from '../problem';
import { within } from '../within';
import { shareWhilePending } from './share-while-pending';

/** Everything is asked at once and has this long; the rest of the promised 2 s is for a busy machine. */
export const DEADLINE_MS = 1200;

/** What Kafka said in time. */
export interface KafkaFacts {
  ends?: Map<number, { low: number; high: number }> | undefined;
  commits?: Map<number, { offset: string; metadata: string }> | undefined;
}

/** What the workflows and Kafka said before the deadline. */
export interface GatheredFacts {
  supervisor: WorkflowReading<SupervisorState>;
  kafka: KafkaFacts;
  /** By partition, ascending. */
  readings: Map<number, WorkflowReading<PartitionState>>;
}

/**
 * Asks the workflows, and Kafka's ends and commits, side by side, and answers within 2 s with whatever answered.
 *
 * @throws Problem pipeline_unavailable when neither Temporal nor Kafka answers
 */
export function createFactGatherer({
  settings,
  workflows,
  offsets,
  logger,
}: Pick<AppDeps, 'settings' | 'workflows' | 'offsets' | 'logger'>): () => Promise<GatheredFacts> {
  const { topic, groupId } = settings;
  // A dead broker keeps each question hanging for long, so those who ask meanwhile wait for the same answer.
  const ends = shareWhilePending(() => offsets.ends(topic));
  const committed = shareWhilePending(() => offsets.committed(groupId, topic));
  let known = Array.from({ length: settings.partitions }, (_, partition) => partition);

  async function gather(): Promise<GatheredFacts> {
    const deadline = Date.now() + DEADLINE_MS;
    const asked = new Map<number, Promise<WorkflowReading<PartitionState>>>();
    const ask = (partitions: Iterable<number>) => {
      for (const partition of partitions) {
        if (!asked.has(partition)) asked.set(partition, workflows.partition(topic, partition, deadline));
      }
    };
    ask(known);
    const [kafka, supervisor] = await Promise.all([
      readKafka(deadline).then((facts) => {
        ask(facts.ends?.keys() ?? []);
        return facts;
      }),
      workflows.supervisor(topic, deadline).then((reading) => {
        ask(reading.state?.partitions ?? []);
        return reading;
      }),
    ]);
    const answers = new Map<number, WorkflowReading<PartitionState>>();
    await Promise.all([...asked].map(async ([partition, reading]) => answers.set(partition, await reading)));
    const partitions = [...answers.keys()]
      .filter((one) => exists(one, answers.get(one)!, kafka, supervisor))
      .sort((a, b) => a - b);
    if (kafka.ends) known = partitions;
    if (!kafka.ends && !kafka.commits && [supervisor, ...answers.values()].every(isUnreachable)) {
      throw new Problem('pipeline_unavailable', 'Neither the workflows nor the Kafka offsets can be read. Try again.');
    }
    return { supervisor, kafka, readings: new Map(partitions.map((one) => [one, answers.get(one)!])) };
  }

  async function readKafka(deadline: number): Promise<KafkaFacts> {
    const inTime = <T>(promise: Promise<T>) =>
      within(deadline - Date.now(), promise).catch((error: unknown) => {
        logger.debug({ err: error }, 'kafka offsets not read');
        return undefined;
      });
    const [foundEnds, commits] = await Promise.all([inTime(ends()), inTime(committed())]);
    return { ends: foundEnds, commits };
  }

  return shareWhilePending(gather);
}

function isUnreachable({ execution }: WorkflowReading<unknown>): boolean {
  return execution === 'unreachable';
}

/** A partition that was only guessed at is dropped unless Kafka, the supervisor or its own workflow knows it. */
function exists(
  partition: number,
  reading: WorkflowReading<PartitionState>,
  kafka: KafkaFacts,
  supervisor: WorkflowReading<SupervisorState>,
): boolean {
  if (kafka.ends?.has(partition) || kafka.commits?.has(partition)) return true;
  return (
    reading.execution === 'open' ||
    reading.execution === 'closed' ||
    supervisor.state?.partitions.includes(partition) === true
  );
}
