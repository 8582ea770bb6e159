import { Kafka, logLevel } from 'kafkajs';
import { Client } from '@elastic/elasticsearch';
import { loadConfig } from '../src/config';
import { documentId, indexName } from '../src/domain/ids';
import type { LogRecord } from '../src/domain/record';
import { registerCodecs } from '../src/kafka/codecs';
import { scoreRecord } from '../src/scoring/score-record';

/** A log of our own format, as its JSON has it. */
type ParsedLog = Omit<LogRecord, '@timestamp'> & { timestamp: string };

/**
 * What one would write in an afternoon: a consumer group that parses, scores with our rules, and indexes by the client's own
 * call, in the documents that Sluice makes but for the hash. It validates and redacts nothing and keeps no account; an item
 * that is refused is dropped.
 */
async function loop(): Promise<void> {
  const config = loadConfig(process.env);
  await registerCodecs();
  const kafka = new Kafka({ brokers: [...config.kafka.brokers], clientId: 'plain-loop', logLevel: logLevel.ERROR });
  const client = new Client({ node: config.elasticsearch.url });
  const consumer = kafka.consumer({
    groupId: `${config.kafka.groupId}-plain`,
    maxBytesPerPartition: 2 * 1024 * 1024,
    maxBytes: 16 * 1024 * 1024,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: config.kafka.topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch: { partition, messages } }) => {
      const ingestedAt = new Date().toISOString();
      const operations = messages.flatMap(({ offset: digits, timestamp: appended, value }) => {
        const { timestamp: time, ...log } = JSON.parse(String(value)) as ParsedLog;
        const [offset, timestamp] = [Number(digits), Number(appended)];
        const document = {
          ...{ '@timestamp': time, ...log, anomaly: scoreRecord(log, config.scoring) },
          ...{ kafka: { partition, offset, timestamp }, ingested_at: ingestedAt, epoch: 1 },
        };
        const _index = indexName(config.elasticsearch.indexPrefix, timestamp);
        const _id = documentId({ generation: 1, partition, offset });
        return [{ index: { _index, _id, version: 1, version_type: 'external' as const } }, document];
      });
      await client.bulk({ operations });
    },
  });
  process.on('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
}

loop().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
});
