import { z } from 'zod';
import { formatsSetting } from './formats-setting';
import { pipelineFileSetting } from './pipeline-file-setting';
import { days, HOUR, indexPrefix, list, MIB, path, secret, SECOND, setting, text, topic, url, whole } from './setting';
import { elasticsearchLinkSettings, temporalLinkSettings } from './link-settings';
import { exportSettings } from './export-settings';
import { generatorSettings } from './generator-settings';
import { querySettings } from './query-settings';
import { redactionSettings } from './redaction-settings';
import { ruleSettings } from './rule-settings';
import { tailSettings } from './tail-settings';
import { telemetrySettings } from './telemetry-settings';

/**
 * Every setting of Sluice, once: its variable, its schema with default and range, what it means. The configuration
 * table in the README, `.env.example` and docker-compose.yml are tested against this list.
 */
export const settings = {
  kafka: {
    brokers: setting(
      'KAFKA_BROKERS',
      list.default(['127.0.0.1:9092']),
      'Bootstrap brokers, comma-separated host:port.',
    ),
    topic: setting('KAFKA_TOPIC', topic.default('logs'), 'Topic that holds the logs.'),
    formats: formatsSetting,
    partitions: setting('KAFKA_PARTITIONS', whole(1, 10_000).default(4), 'Partitions the topic is created with.'),
    replicationFactor: setting(
      'KAFKA_REPLICATION_FACTOR',
      whole(1, 32).default(1),
      'Replicas of topics Sluice creates.',
    ),
    retentionMs: setting(
      'KAFKA_RETENTION_MS',
      whole(60 * SECOND, 8760 * HOUR).default(24 * HOUR),
      'Age at which Kafka deletes logs; set on topics Sluice creates.',
    ),
    retentionBytes: setting(
      'KAFKA_RETENTION_BYTES',
      whole(MIB, 2 ** 50).default(256 * MIB),
      'Size per partition at which Kafka deletes the oldest logs; set on topics Sluice creates.',
    ),
    deadLetterTopic: setting(
      'KAFKA_DEAD_LETTER_TOPIC',
      topic.default('logs.dead-letters'),
      'Topic for rejected records.',
    ),
    groupId: setting(
      'KAFKA_GROUP_ID',
      text.default('sluice'),
      'Consumer group that mirrors the progress, for lag tools and recovery.',
    ),
    oldestDay: setting(
      'KAFKA_OLDEST_DAY',
      z.iso.date().optional(),
      'Allows topics with CreateTime; records of before this UTC day go to one index, PREFIX-old.',
    ),
    readAheadBytes: setting(
      'KAFKA_READ_AHEAD_BYTES',
      whole(64 * 1024, 1024 * MIB).default(32 * MIB),
      'Bytes a worker reads ahead, shared by its partitions; what one fetch brings may come on top.',
    ),
    ssl: setting('KAFKA_SSL', z.stringbool().default(false), 'Talks to Kafka over TLS.'),
    sslCa: setting('KAFKA_SSL_CA', path, "PEM file with the brokers' certificate authority; else the system's."),
    sslCert: setting('KAFKA_SSL_CERT', path, 'PEM file with a client certificate.'),
    sslKey: setting('KAFKA_SSL_KEY', path, 'PEM file with the key of the client certificate.'),
    saslMechanism: setting(
      'KAFKA_SASL_MECHANISM',
      z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
      'How to log in to Kafka; no login by default. Without TLS `plain` sends the password in the clear.',
    ),
    saslUsername: setting('KAFKA_SASL_USERNAME', text.optional(), 'User to log in to Kafka as.'),
    saslPassword: setting('KAFKA_SASL_PASSWORD', secret, 'Password of that user; never printed.'),
    saslPasswordFile: setting('KAFKA_SASL_PASSWORD_FILE', path, 'File that holds the password instead.'),
  },
  elasticsearch: {
    url: setting('ELASTICSEARCH_URL', url.default('http://127.0.0.1:9200'), 'Address of the cluster.'),
    ...elasticsearchLinkSettings,
    indexPrefix: setting('INDEX_PREFIX', indexPrefix.default('logs'), 'Indices are named PREFIX-YYYY.MM.DD.'),
    shards: setting('INDEX_SHARDS', whole(1, 1024).default(1), 'Primary shards per index.'),
    replicas: setting(
      'INDEX_REPLICAS',
      whole(0, 10).default(0),
      'Replicas per shard; set at least 1 on a cluster of several nodes.',
    ),
    refreshIntervalMs: setting(
      'INDEX_REFRESH_INTERVAL_MS',
      whole(100, 600 * SECOND).default(SECOND),
      'How soon an indexed record can be searched.',
    ),
    backlogRefreshIntervalMs: setting(
      'INDEX_BACKLOG_REFRESH_INTERVAL_MS',
      whole(100, 600 * SECOND).default(5 * SECOND),
      'The same while a backlog is written; the other one where that is larger.',
    ),
    mergePastDays: setting(
      'INDEX_MERGE_PAST_DAYS',
      z.stringbool().default(true),
      'Has Elasticsearch merge the index of a past day into one segment per shard.',
    ),
    retentionDays: setting('INDEX_RETENTION_DAYS', days(2), 'Whole days an index is kept after its own day.'),
    deadLetterRetentionDays: setting('DEAD_LETTER_RETENTION_DAYS', days(30), 'The same for dead letters.'),
    requestTimeoutMs: setting(
      'ELASTICSEARCH_TIMEOUT_MS',
      // Below the 3 minutes that a step may take, so that a request that hangs is given up by its own limit.
      whole(SECOND, 120 * SECOND).default(30 * SECOND),
      'Limit of one request.',
    ),
  },
  temporal: {
    address: setting(
      'TEMPORAL_ADDRESS',
      text.default('127.0.0.1:7233'),
      'Frontend of the Temporal cluster, host:port.',
    ),
    ...temporalLinkSettings,
    namespace: setting('TEMPORAL_NAMESPACE', text.default('default'), 'Temporal namespace.'),
    taskQueue: setting('TEMPORAL_TASK_QUEUE', text.default('sluice'), 'Shared task queue of all workers.'),
    uiUrl: setting('TEMPORAL_UI_URL', url.default('http://127.0.0.1:8233'), 'Address of the Web UI, for links.'),
  },
  topics: { file: pipelineFileSetting },
  pipeline: {
    maxRecords: setting('BATCH_MAX_RECORDS', whole(1, 50_000).default(32_000), 'Records in a micro-batch, at most.'),
    maxBytes: setting(
      'BATCH_MAX_BYTES',
      whole(64 * 1024, 64 * MIB).default(16 * MIB),
      'Bytes in a micro-batch, at most; one larger record still makes a batch of its own.',
    ),
    lingerMs: setting(
      'BATCH_LINGER_MS',
      whole(0, 60 * SECOND).default(SECOND),
      'How long the first record of a batch waits for company: three quarters of it once 100 records are there, at the end of a backlog 300 ms at most.',
    ),
    window: setting(
      'BATCH_WINDOW',
      whole(0, 16).default(0),
      'Batches of one partition in flight; 0 is two where the topic has one or two partitions, and one where it has more.',
    ),
    continueAsNewBatches: setting(
      'CONTINUE_AS_NEW_BATCHES',
      whole(1, 1_000).default(200),
      'Batches after which a partition workflow continues as new.',
    ),
    commitIntervalMs: setting(
      'COMMIT_INTERVAL_MS',
      whole(100, 600 * SECOND).default(5 * SECOND),
      'The progress is mirrored to Kafka at most this often per partition.',
    ),
    onGap: setting(
      'ON_GAP',
      z.enum(['halt', 'accept']).default('halt'),
      'What to do about records that Kafka deleted unread: `halt`, or `accept` them as lost upstream.',
    ),
    cacheBytes: setting(
      'WORKER_CACHE_BYTES',
      whole(MIB, 16_384 * MIB).default(192 * MIB),
      'Bytes of batches a worker holds; it takes no more until some are indexed.',
    ),
    freezeLimitMs: setting(
      'WORKER_FREEZE_LIMIT_MS',
      whole(0, 600 * SECOND).default(10 * SECOND),
      'A worker that stands still for this long kills itself, to be started again; 0 lets it stand.',
    ),
    shutdownGraceMs: setting(
      'WORKER_SHUTDOWN_GRACE_MS',
      whole(0, 600 * SECOND).default(30 * SECOND),
      'Time a worker has to finish its work on SIGTERM.',
    ),
  },
  scoring: ruleSettings,
  redaction: redactionSettings,
  api: {
    host: setting('API_HOST', text.default('127.0.0.1'), 'Address the API listens on.'),
    port: setting('API_PORT', whole(0, 65_535).default(8000), 'Port the API listens on.'),
    allowUnauthenticatedBind: setting(
      'API_ALLOW_UNAUTHENTICATED_BIND',
      z.stringbool().default(false),
      'Lets the API listen beyond loopback without API keys; for containers whose port is published on loopback only.',
    ),
    keysFile: setting(
      'API_KEYS_FILE',
      path,
      'File of `sluice keys` with the API keys that are taken; without it no key is asked for.',
    ),
    allowedHosts: setting(
      'API_ALLOWED_HOSTS',
      list.default(['api']),
      'Names that the API may be called by beside those of loopback and its own address, without ports.',
    ),
    corsOrigins: setting(
      'API_CORS_ORIGINS',
      list.default([]),
      'Origins that browsers may call the API from, comma-separated; none by default.',
    ),
    rateLimit: setting(
      'API_RATE_LIMIT',
      whole(0, 1_000_000).default(200),
      'Points a client (a key, else an address) gets back in a second, for 5 s at most; figures and exports cost 5, else 1. 0: no limit.',
    ),
    heavyAtOnce: setting(
      'API_HEAVY_AT_ONCE',
      whole(0, 1000).default(8),
      'Requests of 5 points and more that one client may have under way; 0: no limit.',
    ),
    maxConnections: setting(
      'API_MAX_CONNECTIONS',
      whole(10, 100_000).default(2000),
      'Connections the API holds; more are closed at once.',
    ),
    ...querySettings,
    ...tailSettings,
  },
  exports: exportSettings,
  generator: generatorSettings,
  telemetry: telemetrySettings,
  process: {
    logLevel: setting(
      'LOG_LEVEL',
      z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      'Least serious level of our own log lines.',
    ),
  },
} as const;
export type Settings = typeof settings;
