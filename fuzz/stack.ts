import { once } from 'node:events';
import { join } from 'node:path';
import xxhash from 'xxhash-wasm';
import { processUse } from '../bench/cpu';
import { compare, type Counts, type Evidence } from '../chaos/check/compare';
import { readDocuments, logIndexPatterns } from '../chaos/check/read-documents';
import { lettersOf } from '../chaos/check/read-letters';
import { readTopic } from '../chaos/check/read-topic';
import { startStack } from '../chaos/stack/chaos-stack';
import { openClients, type DirectClients } from '../chaos/stack/clients';
import { namesOf, type RunNames } from '../chaos/stack/names';
import { watchForHalts, waitUntilSettled } from '../chaos/stack/settle';
import { workerEnv } from '../chaos/stack/worker-env';
import { ChaosWorker } from '../chaos/stack/workers';
import { preparePrograms } from '../local/private-servers/prepare-programs';
import type { PrivateServers } from '../local/private-servers/private-servers';
import { stopPrivateServers } from '../local/private-servers/stop-private-servers';
import { projectRoot } from '../local/project';
import { loadConfig } from '../src/config';
import { letterIndexPatterns } from '../src/domain/dead-letter';
import { registerCodecs } from '../src/kafka/codecs';
import { findAltered, findUnsent } from './check-stack';
import { sendRecords } from './send';

export interface StackResult {
  counts: Counts;
  /** Dead letters by their reason code. */
  rejected: Record<string, number>;
  /** Documents held against their records by the fuzzer's own reader of JSON. */
  held: number;
  workerPeakMemoryMb: number;
  differences: string[];
}

const PARTITIONS = 4;
const EPOCH = 1;
/** For each thousand records: ten times what it takes on two idle cores. */
const SETTLE_MS_PER_THOUSAND = 5000;
const SETTLE_AT_LEAST_MS = 120_000;

/** Sends `count` records of a seed through servers of their own and one compiled worker, and looks at every fate. */
export async function fuzzStack(count: number, seed: number, say: (line: string) => void): Promise<StackResult> {
  await registerCodecs();
  const servers = await startStack(await preparePrograms());
  const clients = openClients(servers);
  const stopped = once(process, 'SIGINT').then(() => Promise.reject(new Error('stopped')));
  try {
    return await Promise.race([run(servers, clients, { count, seed, say }), stopped]);
  } finally {
    await clients.close();
    // The worker's pid is among those of the folder.
    await stopPrivateServers(servers.folder);
  }
}

async function run(
  servers: PrivateServers,
  clients: DirectClients,
  { count, seed, say }: { count: number; seed: number; say: (line: string) => void },
): Promise<StackResult> {
  const names = namesOf(seed);
  const worker = new ChaosWorker(
    {
      ...{ name: `worker-${names.topic}`, folder: servers.folder, cwd: projectRoot() },
      command: [process.execPath, join(projectRoot(), 'dist', 'src', 'workers', 'main.js')],
      env: workerEnv({ partitions: PARTITIONS, settings: {} }, names, servers),
    },
    say,
  );
  await createTopic(clients, names);
  await worker.start();
  const { pid } = worker.identity!;
  const watching = new AbortController();
  const halts = watchForHalts(clients, names, PARTITIONS, watching.signal);
  const digests = await sendRecords(clients.kafka, names.topic, PARTITIONS, { count, seed }, say);
  say('all sent');
  const limit = Math.max(SETTLE_AT_LEAST_MS, (count / 1000) * SETTLE_MS_PER_THOUSAND);
  const unsettled = await waitUntilSettled(clients, names, PARTITIONS, limit);
  watching.abort();
  const differences = [...unsettled, ...(await halts)].map(({ what }) => what);
  say('settled');
  const accounts = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    accounts.push({ partition, ledger: (await clients.partitionState(names.topic, partition)).ledger });
  }
  const workerPeakMemoryMb = processUse(pid)?.peakMemoryMb ?? 0;
  await worker.stop();
  if (worker.exits > 0) differences.push(`the worker ended ${worker.exits} times by itself`);
  if (worker.lastCode !== 0) differences.push(`the worker stopped with code ${worker.lastCode}`);

  const evidence = await readEvidence(clients, names, accounts);
  const compared = compare(evidence);
  say('compared by id');
  const { held, altered } = await findAltered(clients.elasticsearchUrl, names.indexPrefix, evidence.kafka);
  differences.push(...findUnsent(digests, evidence.kafka), ...altered);
  differences.push(...compared.differences.map(({ kind, what }) => `${kind}: ${what}`));
  if (held !== compared.counts.documents) differences.push(`${held} documents held of ${compared.counts.documents}`);
  const rejected: Record<string, number> = {};
  const distinct = new Map(evidence.letters.map(({ key, headers }) => [key, headers['sluice.reason'] ?? 'none']));
  for (const code of distinct.values()) rejected[code] = (rejected[code] ?? 0) + 1;
  return { counts: compared.counts, rejected, held, workerPeakMemoryMb, differences };
}

/** Records above Sluice's limit must get into Kafka to be refused by Sluice. */
async function createTopic({ kafka }: DirectClients, { topic }: RunNames): Promise<void> {
  const configEntries = [
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    { name: 'max.message.bytes', value: String(12 * 2 ** 20) },
  ];
  const admin = kafka.admin();
  await admin.connect();
  await admin
    .createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: PARTITIONS, configEntries }] })
    .finally(() => admin.disconnect());
}

async function readEvidence(
  { kafka, elasticsearchUrl }: DirectClients,
  { topic, deadLetterTopic, indexPrefix }: RunNames,
  accounts: Evidence['accounts'],
): Promise<Evidence> {
  const hasher = await xxhash();
  return {
    ...{ accounts, indexPrefix },
    kafka: await readTopic(kafka, topic),
    letters: lettersOf(await readTopic(kafka, deadLetterTopic)),
    documents: await readDocuments(elasticsearchUrl, logIndexPatterns(indexPrefix)),
    indexedLetters: await readDocuments(elasticsearchUrl, letterIndexPatterns(indexPrefix)),
    settings: {
      rules: loadConfig({}).scoring,
      epoch: EPOCH,
      hash: (value) => hasher.h64Raw(value).toString(16).padStart(16, '0'),
    },
  };
}
