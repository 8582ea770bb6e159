import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BatchObserver } from '../activities/observer';
import { FATES, type Fate } from '../domain/ledger';

/** From a small idle batch to one that waited for a dead server through several attempts. */
const STAGE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
/** From live to the end of a day's backlog. */
const FRESHNESS_SECONDS = [0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 30, 60, 300, 900, 3600, 14_400, 86_400];
const BATCH_RECORDS = [1, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000];
const BATCH_BYTES = [1, 4, 16, 64]
  .flatMap((size) => [size * 2 ** 10, size * 2 ** 16, size * 2 ** 20])
  .sort((a, b) => a - b);

/**
 * The metrics of batches on their way through one worker. Each batch costs a few additions, whatever it holds.
 *
 * @param topics whose records' counters are there from the start with 0
 * @returns whoever watches the batches of a topic
 */
export function createBatchMetrics(registry: Registry, topics: readonly string[]): (topic: string) => BatchObserver {
  const registers = [registry];
  const records = new Counter({
    name: 'sluice_records_total',
    help: 'Offsets that met their fate in this process; the exact account is the ledger, at the API.',
    labelNames: ['topic', 'fate'],
    registers,
  });
  const bytes = new Counter({
    name: 'sluice_bytes_total',
    help: 'Bytes of keys and values of these records.',
    labelNames: ['topic', 'fate'],
    registers,
  });
  const documents = new Counter({
    name: 'sluice_documents_total',
    help: 'Documents of these records: a message may hold several log records.',
    labelNames: ['topic'],
    registers,
  });
  const failures = new Counter({
    name: 'sluice_step_failures_total',
    help: 'Attempts of steps that failed, by the code in the table of errors: what is retried, and what halts.',
    labelNames: ['topic', 'step', 'code'],
    registers,
  });
  const stages = createStageMetrics(registers);
  const freshness = new Histogram({
    name: 'sluice_freshness_seconds',
    help: "By batch, from its oldest record's Kafka timestamp to when Elasticsearch has all of it.",
    labelNames: ['topic'],
    buckets: FRESHNESS_SECONDS,
    registers,
  });
  for (const topic of topics) {
    for (const fate of FATES) for (const counter of [records, bytes]) counter.inc({ topic, fate: labelOf(fate) }, 0);
    documents.inc({ topic }, 0);
  }
  return (topic) => ({
    stage: stages,
    settled(fates, written = 0) {
      documents.inc({ topic }, written);
      for (const [fate, tally] of Object.entries(fates) as [Fate, { records: number; bytes: number }][]) {
        if (tally.records === 0) continue;
        const labels = { topic, fate: labelOf(fate) };
        records.inc(labels, tally.records);
        bytes.inc(labels, tally.bytes);
      }
    },
    fresh: (ageMs) => freshness.observe({ topic }, ageMs / 1000),
    failed: (step, code) => failures.inc({ topic, step, code }),
  });
}

function createStageMetrics(registers: Registry[]): BatchObserver['stage'] {
  const seconds = new Histogram({
    name: 'sluice_stage_duration_seconds',
    help: 'Stages of batches: pull (with the wait for records), score, index, bulk (one request), batch (read to settled).',
    labelNames: ['stage', 'outcome'],
    buckets: STAGE_SECONDS,
    registers,
  });
  const size = { buckets: BATCH_RECORDS, registers };
  const records = new Histogram({ name: 'sluice_batch_records', help: 'Records of the batches read.', ...size });
  const bytes = new Histogram({
    name: 'sluice_batch_bytes',
    help: 'Bytes of keys and values of the batches read.',
    buckets: BATCH_BYTES,
    registers,
  });
  return ({ stage, ref, startedAt, endedAt, code }) => {
    // The clock may be set back while a stage runs.
    seconds.observe({ stage, outcome: code === undefined ? 'ok' : 'failed' }, Math.max(0, endedAt - startedAt) / 1000);
    if (stage !== 'pull') return;
    records.observe(ref.count);
    bytes.observe(ref.bytes);
  };
}

/** A worker's cache of batches, as it is when it is asked. */
export interface CacheFigures {
  bytes: number;
  batches: number;
  found: Record<'prepared' | 'records' | 'nothing', number>;
}

/** What a worker holds between its steps, read at each scrape. */
export function createCacheMetrics(registry: Registry, cache: CacheFigures, limitBytes: number): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect: function () {
        this.set(read());
      },
    });
  gauge('sluice_cache_bytes', 'Bytes of batches that this worker holds.', () => cache.bytes);
  gauge('sluice_cache_batches', 'Batches that this worker holds.', () => cache.batches);
  gauge('sluice_cache_limit_bytes', 'Beyond it no further batch is taken.', () => limitBytes);
  new Counter({
    name: 'sluice_cache_requests_total',
    help: 'Steps that asked for a batch, by what was found: its bulk bodies, its records, or nothing (read again).',
    labelNames: ['found'],
    registers,
    collect: function () {
      this.reset();
      for (const [found, count] of Object.entries(cache.found)) this.inc({ found }, count);
    },
  });
}

/** A fate as the API writes it, `dead_lettered`. */
function labelOf(fate: Fate): string {
  return fate.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
