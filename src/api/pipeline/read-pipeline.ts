import {
  partitionWorkflowId,
  supervisorWorkflowId,
  type PartitionState,
  type SupervisorState,
} from '../../workflows/contract';
import { Problem } from '../problem';
import type { AppDeps, WorkflowReading } from '../ports';
import type { PipelineView } from '../schemas/pipeline';
import { within } from '../within';
import { shareWhilePending } from './share-while-pending';
import { pipelineView, type KafkaFacts } from './pipeline-view';
import { partitionView } from './partition-view';

/** Everything is asked at once and has this long; the rest of the promised 2 s is for a busy machine. */
const DEADLINE_MS = 1200;

/** Address of a workflow in Temporal's Web UI. */
export function workflowUrl(settings: { uiUrl: string; namespace: string }, workflowId: string): string {
  const base = settings.uiUrl.replace(/\/+$/, '');
  return `${base}/namespaces/${encodeURIComponent(settings.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

/**
 * A reader of the pipeline's state. It answers within 2 s from whatever answers it: the workflows, and Kafka's ends
 * and commits, asked side by side.
 *
 * @throws Problem pipeline_unavailable when neither Temporal nor Kafka answers
 */
export function createPipelineReader({
  settings,
  workflows,
  offsets,
  logger,
}: Pick<AppDeps, 'settings' | 'workflows' | 'offsets' | 'logger'>) {
  const { topic, groupId } = settings;
  // A dead broker keeps each question hanging for long, so those who ask meanwhile wait for the same answer.
  const ends = shareWhilePending(() => offsets.ends(topic));
  const committed = shareWhilePending(() => offsets.committed(groupId, topic));
  let known = Array.from({ length: settings.partitions }, (_, partition) => partition);

  async function read(): Promise<PipelineView> {
    const deadline = Date.now() + DEADLINE_MS;
    const readings = new Map<number, Promise<WorkflowReading<PartitionState>>>();
    const ask = (partitions: Iterable<number>) => {
      for (const partition of partitions) {
        if (!readings.has(partition)) readings.set(partition, workflows.partition(topic, partition, deadline));
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
    await Promise.all([...readings].map(async ([partition, reading]) => answers.set(partition, await reading)));
    const partitions = [...answers.keys()]
      .filter((one) => exists(one, answers.get(one)!, kafka, supervisor))
      .sort((a, b) => a - b);
    if (kafka.ends) known = partitions;
    if (!kafka.ends && !kafka.commits && [supervisor, ...answers.values()].every(isUnreachable)) {
      throw new Problem('pipeline_unavailable', 'Neither the workflows nor the Kafka offsets can be read. Try again.');
    }
    const views = partitions.map((partition) => {
      const workflowId = partitionWorkflowId(topic, partition);
      return partitionView({
        partition,
        reading: answers.get(partition)!,
        end: kafka.ends?.get(partition)?.high,
        commit: kafka.commits?.get(partition),
        workflowId,
        workflowUrl: workflowUrl(settings, workflowId),
      });
    });
    const workflowId = supervisorWorkflowId(topic);
    return pipelineView({
      topic,
      supervisor,
      kafka,
      partitions: views,
      workflowId,
      workflowUrl: workflowUrl(settings, workflowId),
    });
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

  return shareWhilePending(read);
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
