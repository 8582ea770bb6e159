import { Client, Connection } from '@temporalio/client';
import { version } from '../../package.json';
import { ConfigError, loadConfig, type Config } from '../config';
import { readRedaction } from '../redaction-settings';
import { createElasticsearch } from '../elasticsearch/client';
import { diskWarnings } from '../domain/disk-use';
import { createDiskWatch } from '../elasticsearch/disk-watch';
import { checkElasticsearch } from '../elasticsearch/search-health';
import { createKafka } from '../kafka/client';
import { openKeyRing } from '../keys/key-ring';
import { createOffsetReader } from '../kafka/offsets';
import { createLogger, type Logger } from '../logger';
import { Shutdown } from '../shutdown';
import { followPipelineFile } from '../follow-pipeline-file';
import { describeTopic } from '../topics/describe-topic';
import { loadTopics, type Topics } from '../topics/load-topics';
import { PipelineFileError } from '../topics/pipeline-file-error';
import { createLimits } from './access/limits';
import { checkTemporalTls, temporalConnection, withTemporalAdvice } from '../temporal-security';
import { hashOf } from '../workers/rules-hash';
import { createApp } from './app';
import { openTopic, type ApiTopic, type ReadConfiguration } from './open-topic';
import type { AppDeps } from './ports';
import { readCursorSecrets } from './logs/cursor-secrets';
import { createApiMetrics } from './metrics/api-metrics';
import { checkBind, listen, stopListening } from './listen';

const CHECK_TIMEOUT_MS = 2000;
const STOP_GRACE_MS = 10_000;

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const found = await loadTopics(config);
  const logger = createLogger('api', config.process.logLevel);
  const { host, keysFile, allowUnauthenticatedBind: allowed } = config.api;
  if (checkBind(host, { hasKeys: keysFile !== undefined, allowed })) {
    logger.warn({ host }, 'listening beyond loopback without api keys');
  }
  const keys = keysFile === undefined ? undefined : await openKeyRing(keysFile, { onBadFile: reportBadKeys(logger) });
  const shutdown = new Shutdown(logger);
  shutdown.onSignal();
  const clients = openClients(config, logger, shutdown);
  const topics = found.topics.map((one) => openTopic(one, clients, readConfiguration));
  const metrics = createApiMetrics(version);
  const limits = createLimits({ ratePerSecond: config.api.rateLimit, heavyAtOnce: config.api.heavyAtOnce });
  const stopping = new AbortController();
  const pipelineFile = followFile(config, found, topics, logger, stopping.signal);
  const shared = {
    ...{ version, logger, keys, limits, metrics, pipelineFile, stopping: stopping.signal },
    ...{ offsets: clients.offsets, health: healthChecks(config, found.topics, clients) },
  };
  const settings = apiSettings(config);
  const [first, ...others] = topics.map(({ deps, configuration }, position) => ({
    ...{ ...shared, ...deps },
    settings: { ...settings, ...ofTopic(found.topics[position]!), isFirst: position === 0, configuration },
  }));
  const app = createApp(first!, others);
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

function readConfiguration(config: Config): ReadConfiguration {
  const redaction = readRedaction(config.redaction);
  return { redaction, rulesHash: hashOf(config), content: describeTopic(config) };
}

/** Follows the pipeline file until the signal comes; gives what is to be known of it. */
function followFile(
  config: Config,
  found: Topics,
  topics: readonly ApiTopic[],
  logger: Logger,
  signal: AbortSignal,
): AppDeps['pipelineFile'] {
  const { file } = config.topics;
  if (file === undefined) return undefined;
  const status: { path: string; problem?: string | undefined } = { path: file };
  const watch = followPipelineFile(config, found, {
    take(changed) {
      changed.forEach((one, position) => topics[position]!.take(one));
      status.problem = undefined;
      logger.info({ file }, 'the pipeline file was taken on');
    },
    refused({ message, problems }) {
      status.problem = message;
      logger.error({ file, problems }, 'the pipeline file is not taken on, the one of before stays in force');
    },
  });
  void watch?.run(signal, (error) => logger.error({ err: error }, 'the pipeline file could not be looked at'));
  return status;
}

/** What of the settings is the same for all topics. */
function apiSettings({ temporal, api }: Config) {
  return {
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

function ofTopic({ kafka: { topic, groupId, partitions } }: Config) {
  return { topic, groupId, partitions };
}

type Clients = ReturnType<typeof openClients>;

/** Opens what the API talks to. Nothing connects before it is asked for, so the API starts whatever is down. */
function openClients(config: Config, logger: Logger, shutdown: Shutdown) {
  const settings = { ...config.elasticsearch, requestTimeoutMs: config.api.queryTimeoutMs };
  const elasticsearch = createElasticsearch(settings);
  // Pages of logs are handed on as they come.
  const logSearch = createElasticsearch({ ...settings, deferSources: true });
  shutdown.onClose('elasticsearch', () => elasticsearch.close());
  shutdown.onClose('log search', () => logSearch.close());
  const connection = Connection.lazy(temporalConnection(config.temporal));
  shutdown.onClose('temporal', () => connection.close());
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const offsets = createOffsetReader(createKafka({ ...config.kafka, clientId: 'sluice-api' }, logger));
  shutdown.onClose('kafka', () => offsets.close());
  return { elasticsearch, logSearch, connection, client, offsets };
}

function healthChecks(config: Config, topics: readonly Config[], { elasticsearch, connection, offsets }: Clients) {
  const { namespace } = config.temporal;
  const disks = createDiskWatch(elasticsearch);
  const checkTopic = async (topic: string) => {
    const partitions = await offsets.partitions(topic);
    if (!partitions) throw new Error(`the broker answers but has no topic ${topic}`);
    return `topic ${topic} has ${partitions.length} partition(s)`;
  };
  return {
    kafka: {
      address: config.kafka.brokers.join(','),
      check: async () => (await Promise.all(topics.map(({ kafka }) => checkTopic(kafka.topic)))).join(', '),
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
  };
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const known = error instanceof ConfigError || error instanceof PipelineFileError;
  process.stderr.write(`${known ? '' : 'the api cannot start: '}${reason}\n`);
  process.exitCode = 1;
  setImmediate(() => process.exit());
});
