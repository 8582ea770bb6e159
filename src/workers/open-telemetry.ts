import { version } from '../../package.json';
import type { BatchCache } from '../activities/batch-cache';
import type { BatchObserver } from '../activities/observer';
import type { Config } from '../config';
import { createWorkerMetrics } from '../metrics/worker-metrics';

export interface Telemetry {
  /** To be told of every batch. */
  observer: BatchObserver;
  /** The worker's metrics in Prometheus's text format. */
  collectMetrics: () => Promise<string>;
}

/**
 * Who watches this worker's batches.
 *
 * @param readTemporal Temporal's own metrics as text
 */
export function openTelemetry(
  config: Config,
  queue: string,
  cache: BatchCache,
  readTemporal: () => Promise<string>,
): Telemetry {
  const { topic } = config.kafka;
  const limitBytes = config.pipeline.cacheBytes;
  const metrics = createWorkerMetrics({ topic, queue, version }, { figures: cache, limitBytes }, readTemporal);
  return { observer: metrics.observer, collectMetrics: metrics.collect };
}
