import { Gauge, Registry } from 'prom-client';
import { FATES } from '../../domain/ledger';
import type { LedgerView } from '../schemas/ledger';
import { PIPELINE_STATES } from '../schemas/pipeline';

/** Media type of Prometheus's text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What is known of a topic. */
export interface TopicFigures {
  topic: string;
  /** Undefined when neither Temporal nor Kafka answers. */
  ledger: LedgerView | undefined;
  /** By partition, how long the oldest record without a fate waits, in seconds; see `lagAges`. */
  ages: ReadonlyMap<number, number>;
}

/**
 * The ledgers in Prometheus's text format. What is not known has no sample. The fates are gauges, though they only grow:
 * read from a mirrored commit they may lie some seconds behind, which a counter would show as a reset.
 */
export function pipelineMetrics(topics: readonly TopicFigures[]): Promise<string> {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const byPartition = ['topic', 'partition'] as const;
  const up = gauge('sluice_source_up', '1 when the server gave all that was asked for this scrape.', ['server']);
  const off = gauge('sluice_ledger_imbalance', 'Offsets passed less the sum of their fates: must be 0.', byPartition);
  const fates = gauge('sluice_ledger_offsets', 'Offsets by their first fate, of this generation of the topic.', [
    ...byPartition,
    'fate',
  ]);
  const documents = gauge(
    'sluice_ledger_documents',
    'Documents of the offsets of this generation, as they were first written.',
    byPartition,
  );
  const redriven = gauge('sluice_ledger_redriven', 'Dead letters that were indexed after all.', byPartition);
  const next = gauge('sluice_next_offset', 'First offset without a fate.', byPartition);
  const lag = gauge('sluice_lag_offsets', 'Offsets between the next one and the end of the partition.', byPartition);
  const age = gauge('sluice_lag_seconds', 'How long the oldest record without a fate has been in Kafka.', byPartition);
  const state = gauge('sluice_partition_state', '1 for the state that the partition is in, 0 for the others.', [
    ...byPartition,
    'state',
  ]);
  const generation = gauge('sluice_topic_generation', 'How often the topic was created anew, from 1.', byPartition);

  const missing = topics.flatMap(({ ledger }) => ledger?.missing ?? SERVERS);
  for (const server of SERVERS) up.set({ server }, missing.includes(server) ? 0 : 1);
  const partitions = topics.flatMap(({ topic, ledger, ages }) =>
    (ledger?.partitions ?? []).map((one) => ({ one, ages, labels: { topic, partition: one.partition } })),
  );
  for (const { one, ages, labels } of partitions) {
    if (one.imbalance !== null) off.set(labels, one.imbalance);
    for (const fate of FATES) {
      const name = snakeCase(fate);
      if (one.fates) fates.set({ ...labels, fate: name }, one.fates[name]);
    }
    if (one.documents !== null) documents.set(labels, one.documents);
    if (one.redriven !== null) redriven.set(labels, one.redriven);
    if (one.next_offset !== null) next.set(labels, Number(one.next_offset));
    if (one.lag !== null) lag.set(labels, one.lag);
    if (ages.has(one.partition)) age.set(labels, ages.get(one.partition)!);
    const current = one.state.split(':')[0];
    for (const name of PIPELINE_STATES) state.set({ ...labels, state: name }, name === current ? 1 : 0);
    if (one.generation !== null) generation.set(labels, one.generation);
  }
  return registry.metrics();
}

const SERVERS = ['temporal', 'kafka', 'elasticsearch'] as const;

type SnakeFate = keyof NonNullable<LedgerView['partitions'][number]['fates']>;

function snakeCase(fate: (typeof FATES)[number]): SnakeFate {
  return fate.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as SnakeFate;
}
