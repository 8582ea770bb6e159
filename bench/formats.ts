import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { loadConfig } from '../src/config';
import { indexName } from '../src/domain/ids';
import { createElasticsearch } from '../src/elasticsearch/client';
import { prepareIndices } from '../src/elasticsearch/setup';
import { registerCodecs } from '../src/kafka/codecs';
import { createKafka } from '../src/kafka/client';
import { prepareTopics } from '../src/kafka/topics';
import { createLogger } from '../src/logger';
import { generatedMessages } from '../test/support/log-records';
import { runDrain } from './drain';
import { describeMachine } from './machine';
import { median } from './median';
import { inOtherFormat } from './mixed-records';
import { startBenchServers, type BenchServers } from './servers';

const COUNT = Number(process.env['BENCH_RECORDS'] ?? 500_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const PARTITIONS = 4;
const CHUNK = 5000;
/** The first rounds warm the servers up, and do not count. */
const WARM_UP_ROUNDS = 2;
/** What records of other formats must at least reach of the rate of our own. */
const MIN_RATIO = 0.8;
const KINDS = ['own', 'mixed'] as const;
type Kind = (typeof KINDS)[number];
const OUT = join(__dirname, '..', '.local', 'bench');

/** Drains a backlog of our own format and one of ten others, of like size, in turns: by one worker, on the same servers. */
async function bench(): Promise<boolean> {
  say(`${COUNT} records, ${PARTITIONS} partitions, ${ROUNDS} rounds; ${describeMachine()}`);
  mkdirSync(OUT, { recursive: true });
  process.env['LOG_FORMATS'] = 'auto,text';
  const servers = await startBenchServers();
  const client = createElasticsearch({ url: servers.elasticsearchUrl, requestTimeoutMs: 60_000 });
  const rates: Record<Kind, number[]> = { own: [], mixed: [] };
  const cpu: Record<Kind, number[]> = { own: [], mixed: [] };
  try {
    for (let round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round += 1) {
      for (const kind of round % 2 === 0 ? KINDS : [...KINDS].reverse()) {
        const topic = `formats-${kind}-${round + WARM_UP_ROUNDS}`;
        await fill(servers, topic, kind);
        await prepareIndices(client, { indexPrefix: topic, shards: 1, replicas: 0, refreshIntervalMs: 1000 });
        const index = indexName(topic, Date.now());
        const logFile = join(OUT, `${topic}.log`);
        const { rate, cpuPerMillion } = await runDrain(servers, client, {
          topic,
          index,
          indexPrefix: topic,
          count: COUNT,
          logFile,
        });
        await client.indices.delete({ index });
        say(
          `${round < 1 ? 'warming up' : `round ${round}`}: ${kind}: ${Math.round(rate)} records/s; CPU s per million ${JSON.stringify(rounded(cpuPerMillion))}`,
        );
        if (round < 1) continue;
        rates[kind].push(rate);
        cpu[kind].push(cpuPerMillion['worker'] ?? 0);
      }
    }
  } finally {
    await client.close();
    await servers.stop();
  }
  const ratio = median(rates.mixed) / median(rates.own);
  for (const kind of KINDS) {
    say(
      `${kind}: ${Math.round(median(rates[kind]))} records/s, worker ${median(cpu[kind]).toFixed(1)} CPU s per million`,
    );
  }
  say(`ratio ${ratio.toFixed(2)}, at least ${MIN_RATIO}`);
  return ratio >= MIN_RATIO;
}

async function fill(servers: BenchServers, topic: string, kind: Kind): Promise<void> {
  await registerCodecs();
  const kafka = createKafka({ brokers: [servers.brokers], clientId: 'bench' }, createLogger('bench', 'error'));
  const deadLetterTopic = `${topic}.dead-letters`;
  const settings = { ...loadConfig({}).kafka, topic, deadLetterTopic, partitions: PARTITIONS, retentionBytes: 2 ** 33 };
  await prepareTopics(kafka, settings);
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = generatedMessages(COUNT).map(({ key, value }, turn) => {
    return { key, value: kind === 'own' ? value : inOtherFormat(value, turn) };
  });
  for (let at = 0; at < COUNT; at += CHUNK) {
    await producer.send({ topic, compression: CompressionTypes.LZ4, messages: messages.slice(at, at + CHUNK) });
  }
  await producer.disconnect();
}

function rounded(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Math.round(value * 10) / 10]));
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
