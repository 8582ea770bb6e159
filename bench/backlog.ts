import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import xxhash from 'xxhash-wasm';
import { prepareBatch } from '../src/activities/prepare-batch';
import type { BulkPart } from '../src/activities/ports';
import { loadConfig } from '../src/config';
import { createElasticsearch } from '../src/elasticsearch/client';
import { createRecordIndex } from '../src/elasticsearch/record-index';
import { createBatchReader } from '../src/kafka/batch-reader';
import { createKafka } from '../src/kafka/client';
import { registerCodecs } from '../src/kafka/codecs';
import { decodeRecord } from '../src/kafka/decode-record';
import { createOffsetReader } from '../src/kafka/offsets';
import { prepareTopics } from '../src/kafka/topics';
import { createLogger } from '../src/logger';
import { endWithUs } from './end-with-us';
import type { BenchServers } from './servers';

const ROOT = join(__dirname, '..');
const PART_RECORDS = 5000;

/** Creates a topic and fills it with `count` logs of the generator. */
export async function fillTopic(
  servers: BenchServers,
  topic: string,
  partitions: number,
  count: number,
): Promise<void> {
  const logger = createLogger('bench', 'error');
  const kafka = createKafka({ brokers: [servers.brokers], clientId: 'bench' }, logger);
  const defaults = loadConfig({}).kafka;
  await prepareTopics(kafka, {
    ...defaults,
    topic,
    deadLetterTopic: `${topic}.dead-letters`,
    partitions,
    retentionBytes: 2 ** 33,
  });
  const generator = endWithUs(
    spawn(process.execPath, [join(ROOT, 'dist', 'src', 'generator', 'main.js')], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        KAFKA_BROKERS: servers.brokers,
        KAFKA_TOPIC: topic,
        GENERATOR_RATE: '0',
        GENERATOR_COUNT: String(count),
      },
    }),
  );
  const [code] = (await once(generator, 'exit')) as [number];
  if (code !== 0) throw new Error(`the generator ended with ${code}`);
}

/** The documents of a topic exactly as the pipeline would send them, as bodies of 5,000. */
export async function buildBodies(servers: BenchServers, topic: string): Promise<BulkPart[]> {
  await registerCodecs();
  const logger = createLogger('bench', 'error');
  const kafka = createKafka({ brokers: [servers.brokers], clientId: 'bench' }, logger);
  const offsets = createOffsetReader(kafka);
  const reader = createBatchReader(kafka, offsets, { topic, groupId: 'bench', readAheadBytes: 2 ** 24 }, logger);
  const { h64Raw } = await xxhash();
  const config = loadConfig({ ELASTICSEARCH_URL: servers.elasticsearchUrl });
  const client = createElasticsearch(config.elasticsearch);
  const index = createRecordIndex(client, {
    indexPrefix: 'bench',
    hash: (value) => h64Raw(value).toString(16).padStart(16, '0'),
    now: () => new Date().toISOString(),
  });
  const byPartition: BulkPart[][] = [];
  for (const [partition, { low, high }] of await offsets.ends(topic)) {
    const parts: BulkPart[] = [];
    for (let from = low; from < high; from += PART_RECORDS) {
      const to = Math.min(high, from + PART_RECORDS);
      const { records, bytes } = await reader.read(partition, from, to, new AbortController().signal);
      const ref = { topic, generation: 1, partition, from: String(from), to: String(to), count: records.length, bytes };
      parts.push(...prepareBatch(ref, records, 1, { decode: decodeRecord, rules: config.scoring, index }).parts);
    }
    byPartition.push(parts);
  }
  await Promise.all([reader.close(), offsets.close(), client.close()]);
  // Partitions in turn, as the pipeline sends them.
  const longest = Math.max(...byPartition.map((parts) => parts.length));
  return Array.from({ length: longest }, (_, i) => byPartition.flatMap((parts) => parts[i] ?? [])).flat();
}
