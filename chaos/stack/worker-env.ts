import type { Plan } from '../plan/plan';
import type { RunNames } from './names';
import type { WorkerLinks } from './links';

/** Settings of ours that must not come from the shell of whoever runs this. */
const OWN = /^(KAFKA|ELASTICSEARCH|INDEX|TEMPORAL|BATCH|WORKER|SCORE|API|GENERATOR|COMMIT|CONTINUE|LOG)_/;

/** The environment of a worker: its links, the names of the run and the settings of the plan. */
export function workerEnv(
  plan: Pick<Plan, 'partitions' | 'settings'>,
  names: RunNames,
  { ports }: Pick<WorkerLinks, 'ports'>,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !OWN.test(name));
  return {
    ...Object.fromEntries(inherited),
    KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    ELASTICSEARCH_URL: `http://127.0.0.1:${ports.elasticsearch}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    KAFKA_TOPIC: names.topic,
    KAFKA_PARTITIONS: String(plan.partitions),
    KAFKA_DEAD_LETTER_TOPIC: names.deadLetterTopic,
    KAFKA_GROUP_ID: names.groupId,
    INDEX_PREFIX: names.indexPrefix,
    TEMPORAL_TASK_QUEUE: names.taskQueue,
    WORKER_SHUTDOWN_GRACE_MS: '5000',
    ...plan.settings,
  };
}
