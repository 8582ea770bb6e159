import { documentsOf, type Ledger } from '../../domain/ledger';
import { parseOffset } from '../../domain/offsets';
import type { PartitionState } from '../../workflows/contract';
import { committedProgress, type CommittedProgress } from '../pipeline/committed-progress';
import type { GatheredFacts } from '../pipeline/gather-facts';
import type { TailPoint } from './ports';

/** What the account of one life of a partition says of its documents. */
export interface Account {
  generation: number;
  first: number;
  next: number;
  /** Documents of the records below `next`, by their first fate. */
  documents: number;
  deadLettered: number;
}

/** The account of a partition now, and those of its topic's earlier lives, oldest first. */
export interface PartitionReading extends Account {
  closed: Account[];
}

export interface LedgerReading {
  /** Every partition that is known to be there, whether its account could be read or not. */
  partitions: number[];
  readings: Map<number, PartitionReading>;
  /** End of each partition in Kafka; absent when Kafka did not answer. */
  ends?: ReadonlyMap<number, number> | undefined;
}

/**
 * The accounts out of what workflows and commits said: a partition's workflow knows best, and a mirrored commit carries
 * the account up to its very offset, so either is true.
 */
export function readLedgers({ readings, kafka }: GatheredFacts): LedgerReading {
  const found = new Map<number, PartitionReading>();
  for (const [partition, { state }] of readings) {
    const progress = state ?? committedProgress(kafka.commits?.get(partition)?.metadata);
    if (progress) found.set(partition, toReading(progress));
  }
  const ends = kafka.ends && new Map([...kafka.ends].map(([partition, { high }]) => [partition, high]));
  return { partitions: [...readings.keys()], readings: found, ends };
}

export function pointOf({ generation, next }: Account): TailPoint {
  return { generation, offset: next };
}

function toReading({ generation, ledger, closed = [] }: CommittedProgress | PartitionState): PartitionReading {
  return { ...account(generation, ledger), closed: closed.map((one) => account(one.generation, one.ledger)) };
}

function account(generation: number, ledger: Ledger): Account {
  return {
    generation,
    first: parseOffset(ledger.first),
    next: parseOffset(ledger.next),
    documents: documentsOf(ledger),
    deadLettered: ledger.deadLettered,
  };
}
