import { Client, Connection } from '@temporalio/client';
import { version } from '../../package.json';
import { ConfigError, loadConfig, type Config } from '../config';
import { readRedaction } from '../redaction-settings';
import { createElasticsearch } from '../elasticsearch/client';
import { createLetterAccount } from '../elasticsearch/dead-letter-account';
import { createReplayStore } from '../elasticsearch/replay-store';
import { diskWarnings } from '../domain/disk-use';
import { createDiskWatch } from '../elasticsearch/disk-watch';
import { createLogSearch } from '../elasticsearch/search';
import { createTailSource } from '../elasticsearch/search-tail';
import { checkElasticsearch } from '../elasticsearch/search-health';
import { createKafka } from '../kafka/client';
import { openKeyRing } from '../keys/key-ring';
import { createOffsetReader } from '../kafka/offsets';
import { createLogger, type Logger } from '../logger';
import { Shutdown } from '../shutdown';
import { loadTopics } from '../topics/load-topics';
import { PipelineFileError } from '../topics/pipeline-file-error';
import { createLimits } from './access/limits';
import { checkTemporalTls, temporalConnection, withTemporalAdvice } from '../temporal-security';
import { createApp } from './app';
import { readCursorSecrets } from './logs/cursor-secrets';
import { openDeadLetterDesk } from './dead-letters/open-desk';
import { createApiMetrics } from './metrics/api-metrics';
import { checkBind, listen, stopListening } from './listen';
import { createTemporalAudits } from './pipeline/temporal-audits';
import { openRetentionDesk } from './retention/open-desk';
import { createTemporalWorkflows } from './pipeline/temporal-workflows';
import { createTemporalReplays } from './replays/temporal-replays';
import { openExportDesk } from './exports/open-desk';

const CHECK_TIMEOUT_MS = 2000;
const STOP_GRACE_MS = 10_000;

async function main(): Promise<void> {
  const { topics } = await loadTopics(loadConfig(process.env));
  const config = topics[0]!;
  const logger = createLogger('api', config.process.logLevel);
  const { host, keysFile, allowUnauthenticatedBind: allowed } = config.api;
  if (checkBind(host, { hasKeys: keysFile !== undefined, allowed })) {
    logger.warn({ host }, 'listening beyond loopback without api keys');
  }
  const keys = keysFile === undefined ? undefined : await openKeyRing(keysFile, { onBadFile: reportBadKeys(logger) });
  const shutdown = new Shutdown(logger);
  shutdown.onSignal();
  const clients = openClients(config, logger, shutdown);
  const metrics = createApiMetrics(version);
  const limits = createLimits({ ratePerSecond: config.api.rateLimit, heavyAtOnce: config.api.heavyAtOnce });
  const stopping = new AbortController();
  const app = createApp({
    ...{ version, logger, settings: apiSettings(config), keys, limits, metrics, stopping: stopping.signal },
    ...clients,
  });
  const handler = app.callback();
  const server = await listen((request, response) => void handler(request, response), config.api);
  shutdown.onClose('http server', () => stopListening(server, STOP_GRACE_MS));
  // Streams would keep the server from closing.
  shutdown.onClose('streams', () => stopping.abort());
  logger.info({ address: server.address(), version }, 'api listening');
}

function reportBadKeys(logger: Logger) {
  return (error: Error) =>
    logger.error({ error: error.message }, 'keys file not usable, the keys of before are in force');
}

function apiSettings({ kafka, temporal, api }: Config) {
  const { topic, groupId, partitions } = kafka;
  return {
    topic,
    groupId,
    partitions,
    namespace: temporal.namespace,
    uiUrl: temporal.uiUrl,
    corsOrigins: api.corsOrigins,
    allowedHosts: api.allowedHosts,
    cursorSecrets: readCursorSecrets(api),
    exports: {
      limit: api.exportLimit,
      maxLimit: api.exportMaxLimit,
      concurrency: api.exportConcurrency,
    },
  };
}

/** Opens what the API talks to. Nothing connects before it is asked for, so the API starts whatever is down. */
function openClients(config: Config, logger: Logger, shutdown: Shutdown) {
  const { topic } = config.kafka;
  const { namespace } = config.temporal;
  const elasticsearch = createElasticsearch({
    ...config.elasticsearch,
    requestTimeoutMs: config.api.queryTimeoutMs,
  });
  shutdown.onClose('elasticsearch', () => elasticsearch.close());
  const connection = Connection.lazy(temporalConnection(config.temporal));
  shutdown.onClose('temporal', () => connection.close());
  const client = new Client({ connection, namespace });
  const offsets = createOffsetReader(createKafka({ ...config.kafka, clientId: 'sluice-api' }, logger));
  shutdown.onClose('kafka', () => offsets.close());
  const disks = createDiskWatch(elasticsearch);
  const searching = { indexPrefix: config.elasticsearch.indexPrefix, queryTimeoutMs: config.api.queryTimeoutMs };
  const letters = createLetterAccount(elasticsearch, config.elasticsearch);
  const { tailMax, tailMaxMs, tailBufferBytes, tailMaxBehind } = config.api;
  return {
    logs: createLogSearch(elasticsearch, searching),
    tail: {
      source: createTailSource(elasticsearch, searching, letters),
      settings: { maxTails: tailMax, maxMs: tailMaxMs, bufferBytes: tailBufferBytes, maxBehind: tailMaxBehind },
    },
    workflows: createTemporalWorkflows(client, config.kafka.partitions),
    audits: createTemporalAudits(client, config.temporal.taskQueue),
    replays: {
      store: createReplayStore(elasticsearch, config.elasticsearch),
      workflows: createTemporalReplays(client, config.temporal.taskQueue),
    },
    longExports: openExportDesk(config, client),
    offsets,
    letters,
    deadLetters: openDeadLetterDesk(config, readRedaction(config.redaction), elasticsearch, client),
    retention: openRetentionDesk(config, elasticsearch, client),
    health: {
      kafka: {
        address: config.kafka.brokers.join(','),
        check: async () => {
          const partitions = await offsets.partitions(topic);
          if (!partitions) throw new Error(`the broker answers but has no topic ${topic}`);
          return `topic ${topic} has ${partitions.length} partition(s)`;
        },
      },
      elasticsearch: {
        address: config.elasticsearch.url,
        check: () => checkElasticsearch(elasticsearch, CHECK_TIMEOUT_MS),
        warn: async () => diskWarnings(await disks()),
      },
      temporal: {
        address: config.temporal.address,
        check: async () => {
          await checkTemporalTls(config.temporal);
          const ask = () => connection.workflowService.describeNamespace({ namespace });
          await connection.withDeadline(Date.now() + CHECK_TIMEOUT_MS, ask).catch((error: unknown) => {
            throw withTemporalAdvice(error);
          });
          return `namespace ${namespace} exists`;
        },
      },
    },
  };
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const known = error instanceof ConfigError || error instanceof PipelineFileError;
  process.stderr.write(`${known ? '' : 'the api cannot start: '}${reason}\n`);
  process.exitCode = 1;
  setImmediate(() => process.exit());
});
