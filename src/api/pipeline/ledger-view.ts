import {
  addFates,
  documentsOf,
  imbalance,
  noFates,
  type ClosedLedger,
  type FateCounts,
  type Ledger,
} from '../../domain/ledger';
import { parseOffset } from '../../domain/offsets';
import type { PartitionState } from '../../workflows/contract';
import type { RedrivenCount } from '../ports';
import type { LedgerView, PartitionLedgerView } from '../schemas/ledger';
import type { PipelineView } from '../schemas/pipeline';
import { committedProgress, type CommittedProgress } from './committed-progress';
import type { GatheredFacts } from './gather-facts';
import { shownCounts } from './partition-view';

/**
 * The accounts of all partitions.
 *
 * @param pipeline the same facts as GET /pipeline shows them
 * @param redriven undefined when Elasticsearch did not answer
 */
export function ledgerView(
  facts: GatheredFacts,
  pipeline: PipelineView,
  redriven: readonly RedrivenCount[] | undefined,
): LedgerView {
  const partitions = pipeline.partitions.map((shown) => partitionLedger(facts, shown, redriven));
  const known = partitions.filter(({ fates }) => fates !== null);
  const progresses = known.map(({ partition }) => ({ partition, ...progressOf(facts, partition)! }));
  const fates = progresses.reduce<FateCounts>((total, { ledger }) => addFates(total, ledger), noFates());
  const moved = redriven && progresses.map((one) => movedOf(one.partition, one, redriven)).reduce(addMoved, NOT_MOVED);
  return {
    topic: pipeline.topic,
    source: weakestSource(partitions),
    missing: missing(facts, partitions, redriven),
    partitions,
    totals: {
      offsets: sum(known.map((one) => Number(one.next_offset) - Number(one.first_offset))),
      lag: pipeline.totals.lag,
      fates: shownCounts(fates),
      documents: documentsOf(fates),
      imbalance: sum(known.map((one) => one.imbalance ?? 0)),
      redriven: moved?.letters ?? null,
      current: moved === undefined ? null : currentFates(fates, moved),
    },
  };
}

function partitionLedger(
  facts: GatheredFacts,
  shown: PipelineView['partitions'][number],
  redriven: readonly RedrivenCount[] | undefined,
): PartitionLedgerView {
  const { partition } = shown;
  const progress = progressOf(facts, partition);
  const moved = progress && redriven && movedOf(partition, progress, redriven);
  return {
    partition,
    state: shown.state,
    source: progress ? shown.source : 'none',
    generation: progress?.generation ?? null,
    first_offset: progress?.ledger.first ?? null,
    next_offset: shown.next_offset,
    end_offset: shown.end_offset,
    committed_offset: shown.committed_offset,
    lag: shown.lag,
    fates: shown.counts,
    documents: progress ? documentsOf(progress.ledger) : null,
    imbalance: progress ? imbalance(progress.ledger) : null,
    redriven: moved?.letters ?? null,
    current: progress && moved !== undefined ? currentFates(progress.ledger, moved) : null,
    closed: (progress?.closed ?? []).map(closedLedger),
  };
}

/** The partition's account by its workflow, or else by its mirrored commit. */
function progressOf({ readings, kafka }: GatheredFacts, partition: number): CommittedProgress | undefined {
  const state: (PartitionState & { closed?: ClosedLedger[] | undefined }) | undefined = readings.get(partition)?.state;
  return state ?? committedProgress(kafka.commits?.get(partition)?.metadata);
}

/** What redrives have moved. */
interface Moved {
  letters: number;
  /** Documents that have come since. */
  documents: number;
}

const NOT_MOVED: Moved = { letters: 0, documents: 0 };

function addMoved(one: Moved, other: Moved): Moved {
  return { letters: one.letters + other.letters, documents: one.documents + other.documents };
}

function movedOf(
  partition: number,
  { generation }: Pick<CommittedProgress, 'generation'>,
  redriven: readonly RedrivenCount[],
): Moved {
  return redriven
    .filter((one) => one.partition === partition && one.generation === generation)
    .map(({ count, added }) => ({ letters: count, documents: added }))
    .reduce(addMoved, NOT_MOVED);
}

function currentFates(fates: FateCounts, { letters, documents }: Moved) {
  // Letters and ledger are not read at the same moment: a letter may be redriven before its fate is seen here.
  const moved = Math.min(letters, fates.deadLettered);
  return {
    indexed: fates.indexed + moved,
    dead_lettered: fates.deadLettered - moved,
    documents: documentsOf(fates) + documents,
  };
}

function closedLedger({ generation, ledger }: ClosedLedger): PartitionLedgerView['closed'][number] {
  return {
    generation,
    first_offset: String(parseOffset(ledger.first)),
    next_offset: String(parseOffset(ledger.next)),
    fates: shownCounts(ledger),
    documents: documentsOf(ledger),
    imbalance: imbalance(ledger satisfies Ledger),
  };
}

function weakestSource(partitions: PartitionLedgerView[]): LedgerView['source'] {
  const sources = new Set(partitions.map(({ source }) => source));
  if (sources.has('none') || sources.size === 0) return 'none';
  return sources.has('commits') ? 'commits' : 'workflows';
}

function missing(
  { kafka, supervisor, readings }: GatheredFacts,
  partitions: PartitionLedgerView[],
  redriven: readonly RedrivenCount[] | undefined,
): LedgerView['missing'] {
  const silent = partitions.some(({ source }) => source !== 'workflows');
  const unreachable = [supervisor, ...readings.values()].some(({ execution }) => execution === 'unreachable');
  return [
    ...(silent || unreachable ? ['temporal' as const] : []),
    ...(kafka.ends && kafka.commits ? [] : ['kafka' as const]),
    ...(redriven ? [] : ['elasticsearch' as const]),
  ];
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
