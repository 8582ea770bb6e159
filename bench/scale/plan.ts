import { TIERS, type Costs, type Tier } from './costs';

/** What is asked of a cluster. */
export interface Demand {
  recordsPerSecond: number;
  /** Records of a batch, at this rate. */
  batch: number;
  /** Records per second that one partition brings through, at most. */
  perPartition: number;
  /** Bytes of a record in Kafka, and of its document with what its index takes. */
  recordBytes: number;
  documentBytes: number;
  /** Copies of each shard besides the first. */
  replicas: number;
}

/** What it takes. */
export interface Plan {
  batchesPerSecond: number;
  /** Cores that are busy, by tier. */
  cores: Record<Tier, number>;
  /** Processes and nodes, with the share of a core that is left free. */
  workers: number;
  partitions: number;
  elasticsearchNodes: number;
  eventsPerSecond: number;
  /** GB a day. */
  temporalGbPerDay: number;
  kafkaGbPerDay: number;
  documentsGbPerDay: number;
}

/** What stays free of every process, for bursts and for what a neighbour's end brings. */
const BUSY = 0.6;
/** Cores of a node of Elasticsearch. */
export const NODE_CORES = 8;
const DAY = 86_400;

/** What a rate needs, from what a record and a batch cost. A replica indexes every document again. */
export function planCluster(demand: Demand, costs: Costs): Plan {
  const { recordsPerSecond: rate, batch, replicas } = demand;
  const batches = rate / batch;
  const cores = Object.fromEntries(
    TIERS.map((tier) => [tier, rate * costs.tiers[tier].perRecord + batches * costs.tiers[tier].perBatch]),
  ) as Record<Tier, number>;
  cores.elasticsearch *= 1 + replicas;
  return {
    batchesPerSecond: batches,
    cores,
    // A worker's JavaScript runs on one core.
    workers: Math.ceil(cores.worker / BUSY),
    partitions: Math.ceil(rate / (demand.perPartition * BUSY)),
    elasticsearchNodes: Math.max(1 + replicas, Math.ceil(cores.elasticsearch / (NODE_CORES * BUSY))),
    eventsPerSecond: batches * costs.eventsPerBatch,
    temporalGbPerDay: (batches * costs.temporalBytesPerBatch * DAY) / 1e9,
    kafkaGbPerDay: (rate * demand.recordBytes * DAY) / 1e9,
    documentsGbPerDay: (rate * demand.documentBytes * (1 + replicas) * DAY) / 1e9,
  };
}
