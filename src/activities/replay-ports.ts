import type { PlannedRange, ReplayPlan, StoredReplay } from '../domain/replay';
import type { Epoch, PartitionProgress } from '../workflows/contract';
import type { PartitionRange, RecordRange } from './ports';

/** What a replay needs from the outside. */

/** The replays that were ordered, with their plans and results. All calls throw PipelineError elasticsearch_*. */
export interface ReplayStore {
  /** The id of the replay that a request makes: the same for the same request. */
  idOf(topic: string, requestId: string): string;
  /** Keeps an order; false when there is one of this id already. */
  create(replay: StoredReplay): Promise<boolean>;
  read(id: string): Promise<StoredReplay | undefined>;
  update(id: string, change: Partial<Omit<StoredReplay, 'order'>>): Promise<void>;
  /** Keeps a plan; one that is there already stays. */
  writePlan(id: string, plan: ReplayPlan): Promise<void>;
  readPlan(id: string): Promise<ReplayPlan | undefined>;
}

/** What Temporal knows. Throws PipelineError temporal_unavailable. */
export interface ReplayRuns {
  /** The newest scoring epoch of a topic. */
  epoch(topic: string): Promise<Epoch>;
  /** Where a partition's pipeline stands, by its workflow or else by its mirrored commit. */
  progress(topic: string, partition: number): Promise<PartitionProgress>;
  /** Starts the workflow of a replay unless it runs. */
  start(topic: string, id: string): Promise<void>;
}

/** What of ranges is in Elasticsearch. Throws PipelineError elasticsearch_*. */
export interface ReplayCensus {
  /** Makes what was written before the call visible to the next ones, letters included. */
  refresh(): Promise<void>;
  /** By position of the range: offsets with a document and without an open letter, and dead letters that are open. */
  count(ranges: readonly PartitionRange[]): Promise<{ documents: number; deadLetters: number }[]>;
}

/** What a document says of its record. */
export interface StoredVerdict {
  score: number;
  isAnomaly: boolean;
}

/** The verdicts of documents by their place. Throws PipelineError elasticsearch_*. */
export interface StoredVerdicts {
  /** In order of the records; undefined where there is no document. */
  read(
    place: Pick<PlannedRange, 'generation' | 'partition'>,
    records: { offset: number; timestamp: number; part?: number | undefined }[],
  ): Promise<(StoredVerdict | undefined)[]>;
}

/** Reads ranges beside the live pipeline, without moving its readers. Throws like the live source. */
export interface ReplaySource {
  /** The next records from `from` on, none at or behind `before`; empty when none arrives for a while. */
  take(
    range: { partition: number; from: number; before: number; topicId?: string | undefined },
    limits: { maxRecords: number; maxBytes: number },
    signal: AbortSignal,
  ): Promise<RecordRange>;
}

/** What a replay asks of the topic. Throws PipelineError kafka_unavailable or whatever the client throws. */
export interface ReplayTopic {
  ends(topic: string): Promise<Map<number, { low: number; high: number }>>;
  /** By partition, the first offset of this Kafka time or later; its end where there is none. */
  offsetsAt(topic: string, timestampMs: number): Promise<Map<number, number>>;
}
