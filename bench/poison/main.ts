import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import type { KafkaPartition } from '../../chaos/check/compare';
import { readTopic } from '../../chaos/check/read-topic';
import { cleanUp } from '../../chaos/stack/clean-up';
import { openClients, type DirectClients } from '../../chaos/stack/clients';
import { localFolder } from '../../local/local-folder';
import { letterIndexPrefix } from '../../src/domain/dead-letter';
import { createElasticsearch } from '../../src/elasticsearch/client';
import { registerCodecs } from '../../src/kafka/codecs';
import { waitFor } from '../../test/support/wait-for';
import { fillTopic } from '../backlog';
import { runDrain, type DrainResult } from '../drain';
import { median } from '../median';
import { startBenchServers, type BenchServers } from '../servers';
import { copyTopic } from './backlog';
import { checkFates } from './check';

const COUNT = Number(process.env['BENCH_RECORDS'] ?? 100_000);
const PAIRS = Number(process.env['BENCH_PAIRS'] ?? 5);
/** One record in so many is bad. */
const BAD_ONE_IN = 5000;
/** So many more in the run before: what only bad ones need of the servers is then as warm in them as the rest. */
const BAD_ONE_IN_WARM_UP = 100;
const PARTITIONS = 4;
const MAX_LOSS_PERCENT = 5;
const SETTLE_MS = 60_000;
const OUT = join(localFolder(process.env), 'bench');

interface Bench {
  servers: BenchServers;
  clients: DirectClients;
  elasticsearch: Client;
  source: KafkaPartition[];
}

/**
 * What one bad record in 5,000 costs: the same backlog with and without them, drained by one worker that is started anew
 * each time, in pairs whose order changes. Ends with 1 when a record has not its fate, or the median loss is too much.
 */
async function bench(): Promise<boolean> {
  say(`${COUNT} records, one in ${BAD_ONE_IN} bad, ${PAIRS} pairs; ${cpus().length} cores, Node ${process.version}`);
  mkdirSync(OUT, { recursive: true });
  await registerCodecs();
  const servers = await startBenchServers();
  const clients = openClients(servers);
  const elasticsearch = createElasticsearch({ url: servers.elasticsearchUrl, requestTimeoutMs: 60_000 });
  const losses: number[] = [];
  try {
    await fillTopic(servers, 'poison-source', PARTITIONS, COUNT);
    const source = await readTopic(clients.kafka, 'poison-source');
    const all = { servers, clients, elasticsearch, source };
    say('warming up');
    await drain(all, 'poison-warm-up', BAD_ONE_IN_WARM_UP);
    for (let pair = 1; pair <= PAIRS; pair += 1) {
      const runs: Partial<Record<'bad' | 'good', DrainResult>> = {};
      for (const side of pair % 2 === 0 ? (['bad', 'good'] as const) : (['good', 'bad'] as const)) {
        runs[side] = await drain(all, `poison-${pair}-${side}`, side === 'bad' ? BAD_ONE_IN : undefined);
      }
      const { good, bad } = runs as Record<'bad' | 'good', DrainResult>;
      const loss = (1 - bad.rate / good.rate) * 100;
      losses.push(loss);
      say(
        `pair ${pair}: ${Math.round(good.rate)} records/s without, ${Math.round(bad.rate)} with bad ones: ` +
          `${loss.toFixed(1)} % lost; load ${loadavg()[0]!.toFixed(1)}`,
      );
      say(`  CPU s per million without: ${cpuLine(good)}; with: ${cpuLine(bad)}`);
    }
  } finally {
    await Promise.all([elasticsearch.close(), clients.close()]);
    await servers.stop();
  }
  say(`median loss ${median(losses).toFixed(1)} %, must be under ${MAX_LOSS_PERCENT} %; every record has its fate`);
  return median(losses) < MAX_LOSS_PERCENT;
}

/**
 * @returns records a second, documents and letters alike, from the first that is indexed to the last
 * @throws Error when a record has not its fate
 */
async function drain({ servers, clients, elasticsearch, source }: Bench, topic: string, badOneIn?: number) {
  const names = { topic, deadLetterTopic: `${topic}.dead-letters`, groupId: `sluice-${topic}` };
  const bad = await copyTopic(clients.kafka, source, topic, badOneIn);
  const fates = { deadLetterTopic: names.deadLetterTopic, indexPrefix: topic, count: COUNT, bad };
  const check = () => checkFates(elasticsearch, clients.kafka, fates);
  const isRight = async () => (await check()).length === 0 || undefined;
  const result = await runDrain(servers, elasticsearch, {
    ...{ topic, indexPrefix: topic, count: COUNT, logFile: join(OUT, `${topic}.log`) },
    // Letters count like documents: the last one may be what is waited for.
    index: `${topic}-2*,${letterIndexPrefix(topic)}-2*`,
    // What is still missing then, the check below says.
    onDrained: async () => void (await waitFor(isRight, SETTLE_MS).catch(() => undefined)),
  });
  // Once more, now that no worker can add to it.
  const wrong = await check();
  if (wrong.length > 0) throw new Error(`${topic}: ${wrong.join('; ')}`);
  await cleanUp(clients, { ...names, indexPrefix: topic, taskQueue: topic });
  return result;
}

function cpuLine({ cpuPerMillion }: DrainResult): string {
  return Object.entries(cpuPerMillion)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`)
    .join(', ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

bench().then(
  (fine) => process.exit(fine ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
