import { version } from '../../package.json';
import type { BatchCache } from '../activities/batch-cache';
import { withStages, type BatchObserver, type TraceBatch } from '../activities/observer';
import type { Config } from '../config';
import type { Logger } from '../logger';
import type { ConfigurationFigures } from '../metrics/configuration-metrics';
import type { RedactedCounts } from '../metrics/redaction-metrics';
import { createWorkerMetrics } from '../metrics/worker-metrics';
import type { Shutdown } from '../shutdown';
import { createBatchTracer } from '../tracing/batch-tracer';
import { isTraced, openTracing } from '../tracing/open-tracing';

export interface Telemetry {
  /** To be told of every batch of a topic. */
  observerOf: (topic: string) => BatchObserver;
  /** Absent while nothing is traced. */
  traceBatch?: TraceBatch | undefined;
  /** The worker's metrics in Prometheus's text format. */
  collectMetrics: () => Promise<string>;
}

/** Of the worker that is watched. */
export interface Watched {
  queue: string;
  topics: readonly string[];
  cache: BatchCache;
  redacted: RedactedCounts;
  configuration: ConfigurationFigures;
  /** Temporal's own metrics as text. */
  readTemporal: () => Promise<string>;
}

/** Who watches this worker's batches: its metrics, and traces where it is said to whom they go. */
export async function openTelemetry(
  config: Config,
  { queue, topics, cache, readTemporal, redacted, configuration }: Watched,
  logger: Logger,
  shutdown: Shutdown,
): Promise<Telemetry> {
  const { groupId } = config.kafka;
  const limitBytes = config.pipeline.cacheBytes;
  const metrics = createWorkerMetrics(
    { topics, queue, version },
    { figures: cache, limitBytes },
    redacted,
    configuration,
    readTemporal,
  );
  if (!isTraced(config.telemetry)) return { observerOf: metrics.observerOf, collectMetrics: metrics.collect };
  const tracing = await openTracing(config.telemetry, { version, instance: queue }, logger);
  shutdown.onClose('traces', tracing.close);
  const { observer, traceBatch } = createBatchTracer(tracing.tracer, {
    groupId,
    clientId: queue,
    elasticsearchUrl: config.elasticsearch.url,
  });
  const observerOf = (topic: string) => withStages(metrics.observerOf(topic), observer);
  return { observerOf, traceBatch, collectMetrics: metrics.collect };
}
