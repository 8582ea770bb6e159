import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import xxhash from 'xxhash-wasm';
import { projectRoot } from '../local/project';
import { SERVER_NAMES, startPrivateServer, type PrivateServers } from '../local/private-servers/private-servers';
import { loadConfig } from '../src/config';
import { letterIndexPatterns } from '../src/domain/dead-letter';
import { registerCodecs } from '../src/kafka/codecs';
import { prepareTopics } from '../src/kafka/topics';
import { compare, type Counts, type Difference, type PartitionAccount } from './check/compare';
import { logIndexPatterns, readDocuments } from './check/read-documents';
import { lettersOf } from './check/read-letters';
import { readTopic } from './check/read-topic';
import { compareWritten } from './check/compare-written';
import { scanHistories, type HistoryFigures } from './check/scan-histories';
import { canaryOf } from './load/messages';
import { runLoad } from './load/run-load';
import type { Plan } from './plan/plan';
import { openClients, type DirectClients } from './stack/clients';
import { cleanUp } from './stack/clean-up';
import { injectFaults, type InjectedFault } from './stack/inject';
import { closeLinks, openLinks, type WorkerLinks } from './stack/links';
import { namesOf, type RunNames } from './stack/names';
import { waitUntilSettled, watchForHalts } from './stack/settle';
import { workerEnv } from './stack/worker-env';
import { ChaosWorker } from './stack/workers';

/** What a seed showed. */
export interface SeedResult {
  seed: number;
  durationMs: number;
  workers: number;
  faults: InjectedFault[];
  /** Messages sent, and those of them whose acknowledgement was lost. */
  sent: number;
  unknown: number;
  counts: Counts;
  histories: HistoryFigures;
  /** From the end of the load to the last ledger's end. */
  settledMs: number;
  /** How often a worker ended by itself. */
  exits: number;
  differences: Difference[];
}

export interface SeedRun {
  servers: PrivateServers;
  plan: Plan;
  /** How a worker is started. */
  workerCommand: string[];
  /** Where logs and schedule are kept when something differs. */
  keepFolder: string;
  /** How long the pipeline may take to catch up when all is healed. */
  settleLimitMs: number;
  signal: AbortSignal;
  say: (line: string) => void;
}

const EPOCH = 1;

/** Runs one seed on servers that are up, under names of its own, and leaves the servers up and clean. */
export async function runSeed(run: SeedRun): Promise<SeedResult> {
  const { servers, plan, say } = run;
  await registerCodecs();
  const names = namesOf(plan.seed);
  const clients = openClients(servers);
  const links: WorkerLinks[] = [];
  const workers: ChaosWorker[] = [];
  try {
    await prepareTopics(clients.kafka, {
      ...loadConfig({}).kafka,
      ...{ topic: names.topic, deadLetterTopic: names.deadLetterTopic, partitions: plan.partitions },
    });
    for (let number = 0; number < plan.workers; number += 1) {
      links.push(await openLinks(servers, number, plan.seed));
      const env = workerEnv(plan, names, links[number]!);
      const spec = { name: `worker-${number}-${names.topic}`, folder: servers.folder, command: run.workerCommand };
      workers.push(new ChaosWorker({ ...spec, env, cwd: projectRoot() }, say));
    }
    await Promise.all(workers.map((worker) => worker.start()));
    const result = await runAndCheck(run, names, clients, workers, links);
    if (result.differences.length > 0) keep(run, workers, result);
    return result;
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
    await cleanUp(clients, names).catch((error: unknown) => say(`clean-up: ${String(error)}`));
    await Promise.all([...links.map(closeLinks), clients.close()]);
  }
}

async function runAndCheck(
  { servers, plan, settleLimitMs, signal, say }: SeedRun,
  names: RunNames,
  clients: DirectClients,
  workers: ChaosWorker[],
  links: WorkerLinks[],
): Promise<SeedResult> {
  const watching = new AbortController();
  const halts = watchForHalts(clients, names, plan.partitions, AbortSignal.any([watching.signal, signal]));
  const [written, faults] = await Promise.all([
    runLoad(clients.kafka, names.topic, plan, signal),
    injectFaults(plan.faults, { servers, workers, links }, signal, say),
  ]);
  signal.throwIfAborted();

  const endOfLoad = Date.now();
  for (const name of SERVER_NAMES) await startPrivateServer(servers, name);
  for (const worker of workers) await worker.start();
  const differences = await waitUntilSettled(clients, names, plan.partitions, settleLimitMs);
  const settledMs = Date.now() - endOfLoad;
  watching.abort();
  differences.push(...(await halts));
  const accounts = await readAccounts(clients, names, plan.partitions);
  const { differences: inHistories, figures } = await scanHistories(
    clients.temporal,
    names.taskQueue,
    canaryOf(plan.seed),
  );
  differences.push(...inHistories);

  await Promise.all(workers.map((worker) => worker.stop()));
  for (const { lastCode, logFile } of workers) {
    if (lastCode !== 0)
      differences.push({ kind: 'process', what: `${basename(logFile)}: stopped with code ${lastCode}` });
    if (readFileSync(logFile).includes(canaryOf(plan.seed))) {
      differences.push({ kind: 'leak', what: `log text is in ${basename(logFile)}` });
    }
  }
  const kafka = await readTopic(clients.kafka, names.topic);
  const letters = lettersOf(await readTopic(clients.kafka, names.deadLetterTopic));
  const hasher = await xxhash();
  const compared = compare({
    ...{ kafka, letters, accounts, indexPrefix: names.indexPrefix },
    documents: await readDocuments(clients.elasticsearchUrl, logIndexPatterns(names.indexPrefix)),
    indexedLetters: await readDocuments(clients.elasticsearchUrl, letterIndexPatterns(names.indexPrefix)),
    settings: {
      rules: loadConfig({}).scoring,
      epoch: EPOCH,
      hash: (value) => hasher.h64Raw(value).toString(16).padStart(16, '0'),
    },
  });
  differences.push(...compareWritten(written, kafka), ...compared.differences);
  return {
    ...{ seed: plan.seed, durationMs: plan.durationMs, workers: plan.workers, faults },
    ...{ sent: written.sent, unknown: written.unknown.size, counts: compared.counts, histories: figures, settledMs },
    exits: workers.reduce((sum, { exits }) => sum + exits, 0),
    differences,
  };
}

async function readAccounts(
  clients: DirectClients,
  { topic }: RunNames,
  partitions: number,
): Promise<PartitionAccount[]> {
  const accounts: PartitionAccount[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const state = await clients.partitionState(topic, partition).catch(() => undefined);
    if (state) accounts.push({ partition, ledger: state.ledger });
  }
  return accounts;
}

/** What one needs to find out why: the workers' logs, the plan and all that differs. */
function keep({ plan, keepFolder }: SeedRun, workers: ChaosWorker[], result: SeedResult): void {
  const folder = join(keepFolder, `seed-${plan.seed}`);
  mkdirSync(folder, { recursive: true });
  for (const { logFile } of workers) copyFileSync(logFile, join(folder, basename(logFile)));
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan, null, 2));
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result, null, 2));
}
