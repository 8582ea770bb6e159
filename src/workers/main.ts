import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { reportDrift } from '../activities/report-drift';
import { ConfigError, describeConfig, loadConfig, type Config } from '../config';
import { PipelineError } from '../domain/errors';
import { openLetterIndex, prepareIndices } from '../elasticsearch/setup';
import { prepareTopics } from '../kafka/topics';
import { createLogger, type Logger } from '../logger';
import { Shutdown } from '../shutdown';
import { checkTemporalTls, withTemporalAdvice } from '../temporal-security';
import { workflowCode } from './bundle';
import { createWorker } from './create-worker';
import { openDependencies } from './dependencies';
import { serveMetrics } from '../metrics/serve-metrics';
import { keepPipeline } from './keep-pipeline';
import { startPipeline, workerSettings } from './start-pipeline';
import { installTemporalRuntime } from './temporal-runtime';
import { startWatchdog } from './watchdog';

const RETRY_MS = 2000;

type ReadTemporal = Awaited<ReturnType<typeof installTemporalRuntime>>;

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const logger = createLogger('worker', config.process.logLevel);
  logger.info({ config: describeConfig(config) }, 'starting');
  const readTemporal = await installTemporalRuntime(logger);
  const shutdown = new Shutdown(logger);
  await work(config, logger, shutdown, readTemporal).catch((error: unknown) => {
    // Its clients are being closed under it.
    if (!shutdown.stopping) throw error;
  });
}

/** Starts and runs the worker; resolves once it is told to stop. */
async function work(config: Config, logger: Logger, shutdown: Shutdown, readTemporal: ReadTemporal): Promise<void> {
  let stopWorker = async () => {};
  shutdown.onSignal(async () => {
    await stopWorker();
    await shutdown.close();
  }, config.pipeline.shutdownGraceMs);
  const queue = `${config.temporal.taskQueue}@${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const deps = await openDependencies(config, queue, logger, shutdown, readTemporal);
  const endpoint = { host: config.telemetry.metricsHost, port: config.telemetry.metricsPort };
  const metrics = await serveMetrics(endpoint, deps.collectMetrics, logger);
  if (metrics) shutdown.onClose('metrics', () => metrics.close());
  const { topic, deadLetterTopic } = config.kafka;
  const isStopping = () => shutdown.stopping;
  await untilDone(logger, 'prepare topics', isStopping, () =>
    prepareTopics(deps.kafka, { ...config.kafka, topic, deadLetterTopic }),
  );
  await untilDone(logger, 'prepare indices', isStopping, () =>
    prepareIndices(deps.elasticsearch, config.elasticsearch),
  );
  if (shutdown.stopping) return;
  await Promise.all([
    reportDrift(deps.activityDeps.templateDrift, logger),
    deps.openDeadLetters(),
    openLetterIndex(deps.elasticsearch, config.elasticsearch.indexPrefix, Date.now()),
  ]);
  const settings = workerSettings(config, deps.activityDeps.rulesHash);
  const start = () =>
    startPipeline(deps.client, deps.topics, config, settings).catch(async (error: unknown) => {
      if (error instanceof PipelineError) throw error;
      await checkTemporalTls(config.temporal);
      throw withTemporalAdvice(error);
    });
  await untilDone(logger, 'start pipeline', isStopping, start);
  const worker = await untilDone(logger, 'start worker', isStopping, () =>
    createWorker({
      temporal: config.temporal,
      namespace: config.temporal.namespace,
      taskQueue: config.temporal.taskQueue,
      activityDeps: deps.activityDeps,
      auditDeps: deps.auditDeps,
      workflows: workflowCode(process.argv[2]),
      shutdownGraceMs: config.pipeline.shutdownGraceMs,
    }),
  );
  if (!worker || shutdown.stopping) return;
  const running = worker.run();
  const keeping = new AbortController();
  const kept = keepPipeline(deps.client, topic, start, logger, keeping.signal);
  stopWorker = async () => {
    keeping.abort();
    worker.shutdown();
    deps.drain();
    await running;
    await kept;
    await worker.close();
  };
  startWatchdog({ limitMs: config.pipeline.freezeLimitMs, name: 'worker' });
  logger.info({ topic, queue }, 'running');
  await running;
  if (shutdown.stopping) return;
  throw new Error('the worker ended by itself');
}

/** Tries a step of the start until it works: servers may come up in any order. What a person must mend ends the process. */
async function untilDone<T>(
  logger: Logger,
  step: string,
  isStopping: () => boolean,
  run: () => Promise<T>,
): Promise<T | undefined> {
  while (!isStopping()) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof PipelineError && error.verdict === 'halt') throw error;
      logger.warn({ step, reason: (error as Error).message }, 'not ready, trying again');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  return undefined;
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof PipelineError;
  process.stderr.write(`sluice worker: ${known ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
});
