import { setTimeout as sleep } from 'node:timers/promises';
import type { PrivateServers } from '../../local/private-servers/private-servers';
import { projectRoot } from '../../local/project';
import { freePorts } from '../../local/system/ports';
import { loadConfig } from '../../src/config';
import { prepareTopics } from '../../src/kafka/topics';
import type { PartitionState } from '../../src/workflows/contract';
import type { RunNames } from '../stack/names';
import { openClients, type DirectClients } from '../stack/clients';
import { workerEnv } from '../stack/worker-env';
import { ChaosWorker } from '../stack/workers';

/** How the processes are started: from `dist`, or in a test from their sources. */
export interface Commands {
  worker: string[];
  api: string[];
  sluice: string[];
}

/** The pipeline that is operated on: one worker, one API, names of its own. */
export interface Subject {
  servers: PrivateServers;
  names: RunNames;
  clients: DirectClients;
  worker: ChaosWorker;
  apiUrl: string;
  partitions: number;
  commands: Commands;
  close: () => Promise<void>;
}

/** Small batches and short intervals: an operation meets many of them. */
const SETTINGS = {
  BATCH_LINGER_MS: '300',
  COMMIT_INTERVAL_MS: '1000',
  CONTINUE_AS_NEW_BATCHES: '40',
  WORKER_METRICS_PORT: '0',
};
const POLL_MS = 200;
/** The budget after a kill -9 is 20 s; the machine may be busy. */
const LIMIT_MS = 150_000;

/** Creates the topics and starts worker and API. */
export async function openSubject(
  servers: PrivateServers,
  names: RunNames,
  partitions: number,
  commands: Commands,
  say: (line: string) => void,
): Promise<Subject> {
  const clients = openClients(servers);
  await createTopics(clients, names, partitions);
  const [port] = await freePorts(1);
  const { kafka, elasticsearch, temporal } = servers.ports;
  const env = {
    ...workerEnv({ partitions, settings: SETTINGS }, names, { ports: { kafka, elasticsearch, temporal } }),
    API_PORT: String(port),
  };
  const start = (name: string, command: string[]) =>
    new ChaosWorker({ name: `${name}-${names.topic}`, folder: servers.folder, command, env, cwd: projectRoot() }, say);
  const worker = start('worker', commands.worker);
  const api = start('api', commands.api);
  const subject = { servers, names, clients, worker, apiUrl: `http://127.0.0.1:${port}`, partitions, commands };
  const close = async () => {
    await Promise.all([worker.kill(), api.kill()]);
    await clients.close();
  };
  try {
    await Promise.all([worker.start(), api.start()]);
    await reach('the pipeline runs and the API shows it', async () => {
      const answer = await fetch(`${subject.apiUrl}/pipeline`).catch(() => undefined);
      return answer?.ok === true && ((await answer.json()) as { state: string }).state === 'running';
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { ...subject, close };
}

export async function createTopics({ kafka }: DirectClients, names: RunNames, partitions: number): Promise<void> {
  const { topic, deadLetterTopic } = names;
  await prepareTopics(kafka, { ...loadConfig({}).kafka, topic, deadLetterTopic, partitions });
}

/**
 * Waits until something holds.
 *
 * @throws Error that says what was not reached, and what was seen last
 */
export async function reach<T>(what: string, look: () => Promise<T | false | undefined>): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  let trouble = '';
  for (;;) {
    const found = await look().catch((error: unknown) => void (trouble = `: ${(error as Error).message}`));
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not reached within ${LIMIT_MS / 1000} s${trouble}`);
    await sleep(POLL_MS);
  }
}

/** Waits until every partition, or the one given, is as wanted; gives their states. */
export function reachStates(
  { clients, names, partitions }: Subject,
  what: string,
  wanted: (state: PartitionState) => boolean,
  only?: number,
): Promise<PartitionState[]> {
  const meant = only === undefined ? Array.from({ length: partitions }, (_, partition) => partition) : [only];
  return reach(what, async () => {
    const states = await Promise.all(meant.map((partition) => clients.partitionState(names.topic, partition)));
    if (states.every(wanted)) return states;
    throw new Error(states.map(({ partition, status }) => `partition ${partition} is ${status}`).join(', '));
  });
}

/** End offset of each partition by Kafka. */
export async function endsOf({ clients, names }: Subject): Promise<number[]> {
  const admin = clients.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(names.topic).finally(() => admin.disconnect());
  return ends.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
}

/** kill -9 of the worker, and another one in its place. */
export async function killWorker({ worker }: Subject): Promise<void> {
  await worker.kill();
  await worker.start();
}
