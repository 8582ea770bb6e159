import { Gauge, Registry } from 'prom-client';
import type { BatchObserver } from '../activities/observer';
import { createBatchMetrics, createCacheMetrics, type CacheFigures } from './batch-metrics';
import { createProcessRegistry } from './process-metrics';
import { createRedactionMetrics } from './redaction-metrics';

export interface WorkerMetrics {
  /** To be told of every batch. */
  observer: BatchObserver;
  /** Everything in Prometheus's text format, Temporal's own included. */
  collect: () => Promise<string>;
}

/**
 * All metrics of one worker process.
 *
 * @param redacted secrets taken out of records so far, by rule
 * @param readTemporal Temporal's metrics as text, empty when there are none
 */
export function createWorkerMetrics(
  { topic, queue, version }: { topic: string; queue: string; version: string },
  cache: { figures: CacheFigures; limitBytes: number },
  redacted: ReadonlyMap<string, number>,
  readTemporal: () => Promise<string>,
): WorkerMetrics {
  const registry = new Registry();
  const observer = createBatchMetrics(registry, topic);
  createCacheMetrics(registry, cache.figures, cache.limitBytes);
  createRedactionMetrics(registry, topic, redacted);
  new Gauge({
    name: 'sluice_worker_info',
    help: 'Always 1: the topic this worker serves, and the task queue of its own.',
    labelNames: ['topic', 'queue'],
    registers: [registry],
  }).set({ topic, queue }, 1);
  const process = createProcessRegistry('worker', version);
  return {
    observer,
    async collect() {
      const texts = await Promise.all([registry.metrics(), process.metrics(), readTemporal()]);
      return texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
    },
  };
}
