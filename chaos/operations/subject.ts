import { setTimeout as sleep } from 'node:timers/promises';
import type { PrivateServers } from '../../local/private-servers/private-servers';
import { projectRoot } from '../../local/project';
import { freePorts } from '../../local/system/ports';
import { loadConfig } from '../../src/config';
import { prepareTopics } from '../../src/kafka/topics';
import type { ScoringRules } from '../../src/scoring/rules';
import type { PartitionState } from '../../src/workflows/contract';
import type { RunNames } from '../stack/names';
import { openClients, type DirectClients } from '../stack/clients';
import { workerEnv } from '../stack/worker-env';
import { ChaosWorker } from '../stack/workers';
import { sluice, temporal, type Way } from './ways';

/** How the processes are started: from `dist`, or in a test from their sources. */
export interface Commands {
  worker: string[];
  api: string[];
  sluice: string[];
}

/** What every document must have been scored by in the end. */
export interface Scored {
  epoch: number;
  rules: ScoringRules;
}

/** What a run of operations is started with. */
export interface Surroundings {
  servers: PrivateServers;
  commands: Commands;
  say: (line: string) => void;
  /** Aborted when everything is to end. */
  signal: AbortSignal;
}

/** The pipeline that is operated on: one worker, one API, names of its own. */
export interface Subject extends Surroundings {
  names: RunNames;
  clients: DirectClients;
  worker: ChaosWorker;
  apiUrl: string;
  partitions: number;
  /** Read by each start of the worker. */
  env: NodeJS.ProcessEnv;
  scored: Scored;
  /** How long the programs take before an order of theirs is on its way. */
  startUpMs: Record<Way, number>;
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

/** Creates the topics and starts worker and API; both end with the signal. */
export async function openSubject(
  surroundings: Surroundings,
  names: RunNames,
  partitions: number,
  ways: readonly Way[],
): Promise<Subject> {
  const { servers, commands, say, signal } = surroundings;
  const clients = openClients(servers);
  const [port] = await freePorts(1);
  const { kafka, elasticsearch, temporal: temporalPort } = servers.ports;
  const env = {
    ...workerEnv({ partitions, settings: SETTINGS }, names, {
      ports: { kafka, elasticsearch, temporal: temporalPort },
    }),
    API_PORT: String(port),
  };
  const start = (name: string, command: string[]) =>
    new ChaosWorker({ name: `${name}-${names.topic}`, folder: servers.folder, command, env, cwd: projectRoot() }, say);
  const worker = start('worker', commands.worker);
  const api = start('api', commands.api);
  const retire = () => Promise.all([worker.retire(), api.retire()]);
  const retireNow = () => void retire();
  signal.addEventListener('abort', retireNow);
  const close = async () => {
    signal.removeEventListener('abort', retireNow);
    await retire();
    await clients.close();
  };
  const scored = { epoch: 1, rules: loadConfig({}).scoring };
  const startUpMs = { temporal: 0, REST: 0, sluice: 0 };
  const apiUrl = `http://127.0.0.1:${port}`;
  const subject = { ...surroundings, names, clients, worker, apiUrl, partitions, env, scored, startUpMs, close };
  try {
    await createTopics(clients, names, partitions);
    await Promise.all([worker.start(), api.start()]);
    await reach(subject, 'the pipeline runs and the API shows it', async () => {
      const answer = await fetch(`${subject.apiUrl}/pipeline`).catch(() => undefined);
      return answer?.ok === true && ((await answer.json()) as { state: string }).state === 'running';
    });
    for (const way of ways) startUpMs[way] = await startUpOf(subject, way);
  } catch (error) {
    await close();
    throw error;
  }
  return subject;
}

/** How long the program of a way takes to do nothing. */
async function startUpOf(subject: Subject, way: Way): Promise<number> {
  const startedAt = Date.now();
  if (way === 'temporal') await temporal(subject, ['--version']);
  if (way === 'sluice') await sluice(subject, ['--version']);
  return Date.now() - startedAt;
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
export async function reach<T>(
  { signal }: Pick<Subject, 'signal'>,
  what: string,
  look: () => Promise<T | false | undefined>,
): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  let trouble = '';
  for (;;) {
    const found = await look().catch((error: unknown) => void (trouble = `: ${(error as Error).message}`));
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not reached within ${LIMIT_MS / 1000} s${trouble}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Waits until every partition, or the one given, is as wanted; gives their states. */
export function reachStates(
  { clients, names, partitions, signal }: Subject,
  what: string,
  wanted: (state: PartitionState) => boolean,
  only?: number,
): Promise<PartitionState[]> {
  const meant = only === undefined ? Array.from({ length: partitions }, (_, partition) => partition) : [only];
  return reach({ signal }, what, async () => {
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

/** How long after an order the worker is killed. */
const KILL_AFTER_MS = 120;

/** Kills the worker while an order that is given now in this way is being followed, and starts another one. */
export async function killSoon(subject: Subject, way: Way): Promise<void> {
  await sleep(subject.startUpMs[way] + KILL_AFTER_MS);
  await killWorker(subject);
}

/** kill -9 of the worker, and another one in its place. */
export async function killWorker({ worker }: Subject): Promise<void> {
  await worker.kill();
  await worker.start();
}
