import { prepareBatch } from '../src/activities/prepare-batch';
import { loadConfig } from '../src/config';
import { createElasticsearch } from '../src/elasticsearch/client';
import { createBulkBuilder } from '../src/elasticsearch/bulk-request';
import { sendBulk } from '../src/elasticsearch/send-bulk';
import { createKafka } from '../src/kafka/client';
import { registerCodecs } from '../src/kafka/codecs';
import { decodeRecord } from '../src/kafka/decode-record';
import { createLogger } from '../src/logger';
import { openKernel, openPlainLogs } from '../src/workers/open-plain-logs';
import { createRecordHash } from '../src/workers/record-hash';

const { signal } = new AbortController();

/**
 * What Sluice's own decoder, scoring and bulk bodies are worth by themselves: a consumer group that uses them, without
 * redaction, without Temporal and without a promise. A refused item is dropped, and what is under way at a kill -9 is sent once
 * more or not at all.
 */
async function loop(): Promise<void> {
  const config = loadConfig(process.env);
  await registerCodecs();
  const hash = await createRecordHash({ bytes: (value) => value, fingerprint: '' });
  const kafka = createKafka({ ...config.kafka, clientId: 'own-steps-loop' }, createLogger('own-steps-loop', 'error'));
  const client = createElasticsearch(config.elasticsearch);
  const nothingHidden = { rules: [], fields: [], key: undefined };
  const plainLogs = openPlainLogs(nothingHidden, { suspects: () => false }, openKernel({ warn: () => undefined }));
  const now = () => new Date().toISOString();
  const settings = { indexPrefix: config.elasticsearch.indexPrefix, hash, now, plainLogs };
  const index = { builder: (ref: Parameters<typeof createBulkBuilder>[0]) => createBulkBuilder(ref, 1, settings) };
  const consumer = kafka.consumer({
    groupId: `${config.kafka.groupId}-loop`,
    maxWaitTimeInMs: 250,
    maxBytesPerPartition: 2 * 1024 * 1024,
    maxBytes: 16 * 1024 * 1024,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: config.kafka.topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch: { topic, partition, messages } }) => {
      const records = messages.map(({ offset, timestamp, key, value }) => ({
        ...{ offset: Number(offset), timestamp: Number(timestamp), key, value },
      }));
      const [from, to] = [messages[0]!.offset, String(records.at(-1)!.offset + 1)];
      const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
      const ref = { topic, generation: 1, partition, from, to, count: records.length, bytes };
      const { parts } = prepareBatch(ref, records, 1, { decode: decodeRecord, rules: config.scoring, index });
      for (const part of parts) await sendBulk(client, part.index, part.body, signal);
    },
  });
  process.on('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
}

loop().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
});
