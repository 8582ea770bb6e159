import { Gauge, Registry } from 'prom-client';
import type { BatchObserver } from '../activities/observer';
import { createBatchMetrics, createCacheMetrics, type CacheFigures } from './batch-metrics';
import { createProcessRegistry } from './process-metrics';
import { createConfigurationMetrics, type ConfigurationFigures } from './configuration-metrics';
import { createRedactionMetrics, type RedactedCounts } from './redaction-metrics';

export interface WorkerMetrics {
  /** To be told of every batch of a topic. */
  observerOf: (topic: string) => BatchObserver;
  /** Everything in Prometheus's text format, Temporal's own included. */
  collect: () => Promise<string>;
}

/**
 * All metrics of one worker process.
 *
 * @param redacted secrets taken out of records so far
 * @param configuration what became of the pipeline file
 * @param readTemporal Temporal's metrics as text, empty when there are none
 */
export function createWorkerMetrics(
  { topics, queue, version }: { topics: readonly string[]; queue: string; version: string },
  cache: { figures: CacheFigures; limitBytes: number },
  redacted: RedactedCounts,
  configuration: ConfigurationFigures,
  readTemporal: () => Promise<string>,
): WorkerMetrics {
  const registry = new Registry();
  const observerOf = createBatchMetrics(registry, topics);
  createCacheMetrics(registry, cache.figures, cache.limitBytes);
  createRedactionMetrics(registry, redacted);
  createConfigurationMetrics(registry, configuration);
  const info = new Gauge({
    name: 'sluice_worker_info',
    help: 'Always 1: each topic this worker serves, and the task queue of its own.',
    labelNames: ['topic', 'queue'],
    registers: [registry],
  });
  for (const topic of topics) info.set({ topic, queue }, 1);
  const process = createProcessRegistry('worker', version);
  return {
    observerOf,
    async collect() {
      const texts = await Promise.all([registry.metrics(), process.metrics(), readTemporal()]);
      return texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
    },
  };
}
