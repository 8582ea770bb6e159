import type { ActivityDeps } from '../activities';
import type { AuditDeps } from '../activities/audit-ports';
import { readExpired } from '../activities/expired-records';
import { observeBulks } from '../activities/observer';
import { createEpochRecorder, withRecordedEpochs, withRecordedLetters } from '../activities/record-epochs';
import type { Config } from '../config';
import { letterIndexPrefix } from '../domain/dead-letter';
import { mayBeOfLetter } from '../domain/letter-hash';
import { createAuditIndex } from '../elasticsearch/audit-index';
import type { BulkSettings } from '../elasticsearch/bulk-request';
import { createLetterAccount } from '../elasticsearch/dead-letter-account';
import { createLetterIndex } from '../elasticsearch/dead-letter-index';
import { createEpochLog } from '../elasticsearch/epoch-log';
import { createExpiryLog } from '../elasticsearch/expiry-log';
import { createExportSource } from '../elasticsearch/export-source';
import { createFateReader } from '../elasticsearch/fate-reader';
import { createIndexMerge } from '../elasticsearch/merge-past';
import { createRecordIndex } from '../elasticsearch/record-index';
import { createRedriveLetters } from '../elasticsearch/redrive-letters';
import { createRedriveOrders } from '../elasticsearch/redrive-orders';
import { createIndexRetention } from '../elasticsearch/retention';
import { createDriftCheck } from '../elasticsearch/template-drift';
import { createExportFolder } from '../exports/export-folder';
import { createDeadLetterSink, type DeadLetterSink } from '../kafka/dead-letters';
import { describeTopic } from '../topics/describe-topic';
import { createAccounts } from './audit-accounts';
import { createIsolation } from './isolation/run-child';
import { openKernel, openPlainLogs } from './open-plain-logs';
import { openRedaction } from './open-redaction';
import { createPartitionStarter } from './partition-starter';
import { createRecordHash } from './record-hash';
import { createRedriveRuns } from './redrive-runs';
import { rulesHash } from './rules-hash';
import type { TopicParts } from './topic-parts';
import { createWaitingReporter } from './waiting-reporter';

/** A topic under one configuration: what its activities need. */
export interface TopicVersion {
  config: Config;
  rulesHash: string;
  /** Of its redaction. */
  fingerprint: string;
  activityDeps: ActivityDeps;
  auditDeps: AuditDeps;
  deadLetters: DeadLetterSink;
}

/**
 * Makes what a topic's activities need under a configuration. It holds no connection but that of its dead letters.
 *
 * @param before versions of the same topic: the connection of one that hides the same secrets is taken over
 */
export async function makeTopicVersion(
  config: Config,
  parts: TopicParts,
  before: readonly TopicVersion[],
): Promise<TopicVersion> {
  const { kafka, elasticsearch, logSearch, client, topics, reader, mirror, replay, observer, traceBatch } = parts;
  const kernel = openKernel(parts.logger);
  const redaction = openRedaction(config, parts.redacted, kernel);
  const { formats, oldestDay, groupId, topic } = config.kafka;
  const { indexPrefix, retentionDays, deadLetterRetentionDays } = config.elasticsearch;
  const { fingerprint } = redaction.redactor;
  const hash = rulesHash(config.scoring, formats, fingerprint, { indexPrefix, oldestDay });
  const deadLetters =
    before.find((one) => one.fingerprint === fingerprint)?.deadLetters ??
    createDeadLetterSink(kafka, config.kafka.deadLetterTopic, redaction.redactLetter);
  const bulkSettings: BulkSettings = {
    indexPrefix,
    oldestDay,
    hash: await createRecordHash(redaction.redactor),
    now: () => new Date().toISOString(),
    plainLogs: openPlainLogs(redaction.settings, redaction.redactor, kernel),
  };
  const about = { topic, rulesHash: hash, configuration: describeTopic(config) };
  const recorded = createEpochRecorder(createEpochLog(elasticsearch, bulkSettings), about);
  const activityDeps: ActivityDeps = {
    queue: parts.queue,
    source: parts.source,
    cache: parts.cache,
    decode: redaction.decode,
    rules: config.scoring,
    rulesHash: hash,
    index: withRecordedEpochs(observeBulks(createRecordIndex(elasticsearch, bulkSettings), observer), recorded),
    observer,
    traceBatch,
    deadLetters,
    isolation: createIsolation({ ...bulkSettings, rules: config.scoring, formats, redaction: redaction.settings }),
    letters: withRecordedLetters(
      createLetterIndex(elasticsearch, { ...bulkSettings, redact: redaction.redactLetter }),
      recorded,
    ),
    mirror,
    pace: parts.pace,
    topics,
    starter: createPartitionStarter(client, config.temporal.taskQueue),
    retention: createIndexRetention(elasticsearch, indexPrefix, 'logs'),
    retentionDays,
    fates: createFateReader(elasticsearch, config.elasticsearch),
    reporter: createWaitingReporter(client),
    letterRetention: createIndexRetention(elasticsearch, letterIndexPrefix(indexPrefix), 'dead_letters'),
    expiryLog: createExpiryLog(elasticsearch, bulkSettings),
    templateDrift: createDriftCheck(elasticsearch, config.elasticsearch),
    indexMerge: config.elasticsearch.mergePastDays ? createIndexMerge(elasticsearch, indexPrefix) : undefined,
    topic,
    letterRetentionDays: deadLetterRetentionDays,
    redriveLetters: {
      ...createRedriveLetters(elasticsearch, bulkSettings),
      matches: ({ reason: { code }, recordHash }, { value }) =>
        value !== null && mayBeOfLetter({ code, recordHash }, bulkSettings.hash, value),
    },
    redriveOrders: createRedriveOrders(elasticsearch, bulkSettings),
    redriveRuns: createRedriveRuns(client),
    ...replay,
    exportFolder: createExportFolder(config.exports),
    exportSource: createExportSource(logSearch, config.elasticsearch),
    oldestDay,
    groupId,
    draining: parts.draining,
    logger: parts.logger,
  };
  const auditDeps: AuditDeps = {
    accounts: createAccounts(client, topics, groupId),
    index: createAuditIndex(elasticsearch, { ...config.elasticsearch, oldestDay }),
    letters: createLetterAccount(elasticsearch, config.elasticsearch),
    source: reader,
    topics,
    decode: redaction.decode,
    expired: () => readExpired(activityDeps),
    retentionDays,
  };
  return { config, rulesHash: hash, fingerprint, activityDeps, auditDeps, deadLetters };
}
