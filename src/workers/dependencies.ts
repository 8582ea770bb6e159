import { Client, Connection } from '@temporalio/client';
import type { ActivityDeps } from '../activities';
import type { AuditDeps } from '../activities/audit-ports';
import { BatchCache } from '../activities/batch-cache';
import { readExpired } from '../activities/expired-records';
import { observeBulks } from '../activities/observer';
import type { BatchSource } from '../activities/ports';
import type { Config } from '../config';
import { letterIndexPrefix } from '../domain/dead-letter';
import { PipelineError } from '../domain/errors';
import { createAuditIndex } from '../elasticsearch/audit-index';
import type { BulkSettings } from '../elasticsearch/bulk-request';
import { createElasticsearch } from '../elasticsearch/client';
import { createLetterAccount } from '../elasticsearch/dead-letter-account';
import { createLetterIndex } from '../elasticsearch/dead-letter-index';
import { createExpiryLog } from '../elasticsearch/expiry-log';
import { createFateReader } from '../elasticsearch/fate-reader';
import { createRecordIndex } from '../elasticsearch/record-index';
import { createRedriveLetters } from '../elasticsearch/redrive-letters';
import { createRedriveOrders } from '../elasticsearch/redrive-orders';
import { createIndexRetention } from '../elasticsearch/retention';
import { createDriftCheck } from '../elasticsearch/template-drift';
import { createBatchReader } from '../kafka/batch-reader';
import { createKafka } from '../kafka/client';
import { temporalConnection } from '../temporal-security';
import { registerCodecs } from '../kafka/codecs';
import { createDeadLetterSink } from '../kafka/dead-letters';
import { createOffsetMirror } from '../kafka/offset-mirror';
import { createOffsetReader } from '../kafka/offsets';
import type { Logger } from '../logger';
import { mayBeSameRecord } from '../domain/record';
import type { Shutdown } from '../shutdown';
import { createAccounts } from './audit-accounts';
import { openTelemetry } from './open-telemetry';
import { createRedriveRuns } from './redrive-runs';
import { createIsolation } from './isolation/run-child';
import { createPartitionStarter } from './partition-starter';
import { openRedaction } from './open-redaction';
import { createRecordHash } from './record-hash';
import { openReplayDependencies } from './replay-dependencies';
import { rulesHash } from './rules-hash';
import { createWaitingReporter } from './waiting-reporter';

/**
 * The clients of one worker process, and what its activities need of them. Everything opened closes with `shutdown`.
 *
 * @param readTemporalMetrics Temporal's own metrics as text, to be shown beside ours
 */
export async function openDependencies(
  config: Config,
  queue: string,
  logger: Logger,
  shutdown: Shutdown,
  readTemporalMetrics: () => Promise<string> = async () => '',
) {
  await registerCodecs();
  const kafka = createKafka({ ...config.kafka, clientId: queue }, logger);
  const elasticsearch = createElasticsearch(config.elasticsearch);
  shutdown.onClose('elasticsearch', () => elasticsearch.close());
  const connection = Connection.lazy(temporalConnection(config.temporal));
  shutdown.onClose('temporal client', () => connection.close());
  const client = new Client({ connection, namespace: config.temporal.namespace });

  const topics = createOffsetReader(kafka);
  shutdown.onClose('kafka admin', () => topics.close());
  const mirror = createOffsetMirror(kafka, config.kafka, logger);
  shutdown.onClose('kafka mirror', () => mirror.close());
  const redaction = openRedaction(config);
  const deadLetters = createDeadLetterSink(kafka, config.kafka.deadLetterTopic, redaction.redactLetter);
  shutdown.onClose('kafka dead letters', () => deadLetters.close());
  const reader = createBatchReader(kafka, topics, config.kafka, logger);
  shutdown.onClose('kafka reader', () => reader.close());

  const draining = new AbortController();
  const bulkSettings: BulkSettings = {
    indexPrefix: config.elasticsearch.indexPrefix,
    oldestDay: config.kafka.oldestDay,
    hash: await createRecordHash(redaction.redactor),
    now: () => new Date().toISOString(),
  };
  const { formats } = config.kafka;
  const cache = new BatchCache(config.pipeline.cacheBytes);
  const { observer, traceBatch, collectMetrics } = await openTelemetry(
    config,
    { queue, cache, readTemporal: readTemporalMetrics, redacted: redaction.redacted },
    logger,
    shutdown,
  );
  const activityDeps: ActivityDeps = {
    queue,
    source: drainable(reader, draining.signal),
    cache,
    decode: redaction.decode,
    rules: config.scoring,
    rulesHash: rulesHash(config.scoring, formats, redaction.redactor.fingerprint),
    index: observeBulks(createRecordIndex(elasticsearch, bulkSettings), observer),
    observer,
    traceBatch,
    deadLetters,
    isolation: createIsolation({ ...bulkSettings, rules: config.scoring, formats, redaction: redaction.settings }),
    letters: createLetterIndex(elasticsearch, { ...bulkSettings, redact: redaction.redactLetter }),
    mirror,
    topics,
    starter: createPartitionStarter(client, config.temporal.taskQueue),
    retention: createIndexRetention(elasticsearch, config.elasticsearch.indexPrefix, 'logs'),
    retentionDays: config.elasticsearch.retentionDays,
    fates: createFateReader(elasticsearch, config.elasticsearch),
    reporter: createWaitingReporter(client),
    letterRetention: createIndexRetention(
      elasticsearch,
      letterIndexPrefix(config.elasticsearch.indexPrefix),
      'dead_letters',
    ),
    expiryLog: createExpiryLog(elasticsearch, bulkSettings),
    templateDrift: createDriftCheck(elasticsearch, config.elasticsearch),
    topic: config.kafka.topic,
    letterRetentionDays: config.elasticsearch.deadLetterRetentionDays,
    redriveLetters: {
      ...createRedriveLetters(elasticsearch, bulkSettings),
      matches: (letter, { value }) => value !== null && mayBeSameRecord(letter.recordHash, bulkSettings.hash(value)),
    },
    redriveOrders: createRedriveOrders(elasticsearch, bulkSettings),
    redriveRuns: createRedriveRuns(client),
    ...openReplayDependencies(config, { kafka, topics, elasticsearch, client }, logger, shutdown),
    oldestDay: config.kafka.oldestDay,
    groupId: config.kafka.groupId,
    draining: draining.signal,
    logger,
  };
  const auditDeps: AuditDeps = {
    accounts: createAccounts(client, topics, config.kafka.groupId),
    index: createAuditIndex(elasticsearch, { ...config.elasticsearch, oldestDay: config.kafka.oldestDay }),
    letters: createLetterAccount(elasticsearch, config.elasticsearch),
    source: reader,
    topics,
    decode: redaction.decode,
    expired: () => readExpired(activityDeps),
    retentionDays: config.elasticsearch.retentionDays,
  };
  const [drain, openDeadLetters] = [() => draining.abort(), () => deadLetters.open()];
  return { activityDeps, auditDeps, kafka, elasticsearch, client, topics, drain, openDeadLetters, collectMetrics };
}

/** A pull that waits for records ends when the worker drains: another worker takes it. Batches in flight go on. */
function drainable(source: BatchSource, draining: AbortSignal): BatchSource {
  const refuse = () => new PipelineError('worker_draining', 'this worker is stopping');
  return {
    async pull(partition, from, limits, signal, context) {
      if (draining.aborted) throw refuse();
      const either = AbortSignal.any([signal, draining]);
      return source.pull(partition, from, limits, either, context).catch((error: unknown) => {
        throw draining.aborted ? refuse() : error;
      });
    },
    read: (...call) => source.read(...call),
  };
}
