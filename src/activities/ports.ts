import type { BatchLimits, BatchRef } from '../domain/batch';
import type { OffsetString } from '../domain/offsets';
import type { LetterState } from '../domain/dead-letter';
import type { Waiting } from '../workflows/contract';
import type {
  Anomaly,
  IndexableRecord,
  KafkaRecord,
  MessagePart,
  Rejection,
  ScoredFields,
  SeveralRecords,
} from '../domain/record';

/** What the steps need from the outside, each as small as its user. The adapters in kafka/ and elasticsearch/ fit. */

/** A stretch of records as read. */
export interface RecordRange {
  records: KafkaRecord[];
  /** Offset behind the range. */
  to: number;
  bytes: number;
  /** Kafka's id of the topic it is of; absent where the broker does not tell. */
  topicId?: string;
}

/** What a reader is told of the topic, and whom it tells what it waits for. */
export interface ReadContext {
  /** Id of the topic when the partition was first read: another one is a topic_recreated. */
  topicId?: string | undefined;
  /** Next offset as last mirrored to Kafka, which forgets it when the topic is deleted. */
  committed?: OffsetString | undefined;
  /** Called with true while the next records belong to a transaction that is still open. */
  onOpenTransaction?: (waiting: boolean) => void;
}

/** Reads ranges of one topic. Both calls throw PipelineError, or the signal's reason when aborted. */
export interface BatchSource {
  /** Waits at most `waitMs` for a batch that starts at `from` and ends, where that is set, `before` an offset. */
  pull(
    partition: number,
    from: number,
    limits: BatchLimits & { waitMs: number; before?: number },
    signal: AbortSignal,
    context?: ReadContext,
  ): Promise<RecordRange>;
  /** Reads exactly one range. */
  read(partition: number, from: number, to: number, signal: AbortSignal, context?: ReadContext): Promise<RecordRange>;
}

/** Bytes to verdict; never throws. */
export type DecodeRecord = (
  record: KafkaRecord,
) =>
  | ({ kind: 'record' } & IndexableRecord)
  | SeveralRecords
  | { kind: 'rejected'; rejection: Rejection }
  | { kind: 'filtered' };

/**
 * Documents of one index, ready to be sent. Item i has offset `offsets[i]`. Those of a message with several log records are
 * neighbours.
 */
export interface BulkPart {
  index: string;
  body: Buffer;
  /** Where item i's lines start in the body; one more entry for the end. */
  starts: Uint32Array;
  offsets: number[];
  /** By item, which log record of its message it is; a hole for the only one. */
  places: (number | undefined)[];
}

/** Builds the documents of one batch, record by record. */
export interface BulkBuilder {
  /**
   * @param place of one among several log records of the source
   * @param edited when the source's bytes were edited: the document says so
   */
  add(source: KafkaRecord, decoded: IndexableRecord, anomaly: Anomaly, place?: MessagePart, edited?: boolean): void;
  /**
   * Takes a log whose bytes can stand in the body as they are and have nothing to hide, with the same result as decoding it and
   * {@link add}.
   *
   * @returns its score; undefined for any other record, which has to be decoded, and where there is no such way
   */
  addPlain(source: KafkaRecord, score: (fields: ScoredFields) => Anomaly): Anomaly | undefined;
  finish(): BulkPart[];
}

/** What became of the items of one bulk request, by their position in the part. */
export interface BulkOutcome {
  indexed: number[];
  duplicate: number[];
  /** The document was refused for what is in it; `detail` may quote the record. */
  rejected: { item: number; type: string; detail: string }[];
  /** Not settled: to be sent again. `code` says why, the worst one of all. */
  unsettled: number[];
  failure?: { code: string; type: string; status: number } | undefined;
}

/** Where documents go. */
export interface RecordIndex {
  builder(ref: BatchRef, epoch: number): BulkBuilder;
  /** Takes back the memory of bodies that were built here, and that nobody reads any more. */
  giveBack(parts: readonly BulkPart[]): void;
  /**
   * Sends the items of a part that `only` names, all when it is absent.
   *
   * @throws PipelineError when the request as a whole failed and nothing is known of its items
   */
  write(
    part: BulkPart,
    ref: BatchRef,
    epoch: number,
    only: number[] | undefined,
    signal: AbortSignal,
  ): Promise<BulkOutcome>;
  /**
   * By offset, those records that have documents already.
   *
   * @param parts how many log records each of them holds, where that is known; it is found out from documents otherwise
   * @throws PipelineError foreign_document when another record sits under an id
   */
  holds(
    ref: Pick<BatchRef, 'generation' | 'partition'>,
    records: KafkaRecord[],
    parts?: readonly (number | undefined)[],
  ): Promise<Map<number, HeldDocuments>>;
}

/** The documents of one message. */
export interface HeldDocuments {
  /** How many it must have: one for each of its log records. */
  of: number;
  /** Which of them are there, from 0; never empty. */
  parts: ReadonlySet<number>;
}

/** Where rejected records go. Writing one again is the same letter. @throws PipelineError dead_letters_unavailable */
export interface DeadLetters {
  /** Begins nothing once the signal is aborted. */
  write(
    letters: { topic: string; generation: number; partition: number; record: KafkaRecord; rejection: Rejection }[],
    signal?: AbortSignal,
  ): Promise<void>;
}

/** A record that is refused, and under which epoch. */
export interface NewLetter {
  topic: string;
  generation: number;
  partition: number;
  record: KafkaRecord;
  rejection: Rejection;
  epoch: number;
}

/** Takes secrets out of a letter's record and reason; the same letter where there are none. */
export type RedactLetter = <Letter extends { record: KafkaRecord; rejection: Rejection }>(letter: Letter) => Letter;

/** A dead letter as it was found, and what a compare-and-set of it compares. */
export interface FoundLetter {
  id: string;
  index: string;
  offset: number;
  state: LetterState;
  /** True when the record's document was made, or is being made, of an edited body. */
  edited: boolean;
  /** Documents that the message had when it was dead-lettered: its good log records', where it holds several. */
  kept: number;
  /** Those that it has by now. */
  documents: number;
  seqNo: number;
  primaryTerm: number;
}

/**
 * Where dead letters are searched, and where they change state. All calls throw PipelineError elasticsearch_* or
 * index_blocked; repeating them is safe.
 */
export interface LetterIndex {
  /** Letters of a batch's range by offset. What was written within the last second may be missing. */
  inRange(ref: BatchRef, records: KafkaRecord[]): Promise<Map<number, FoundLetter>>;
  /**
   * The letters that these records have, by offset; certain.
   *
   * @throws PipelineError foreign_document when a letter holds another record
   */
  find(ref: Pick<BatchRef, 'generation' | 'partition'>, records: KafkaRecord[]): Promise<Map<number, FoundLetter>>;
  /** Writes letters in state open. One that exists keeps what it is. Begins nothing once the signal is aborted. */
  create(letters: NewLetter[], signal?: AbortSignal): Promise<void>;
  /** Says of letters that the pipeline has written their documents, `documents` of each: open ones become resolved. */
  resolve(letters: FoundLetter[]): Promise<void>;
}

/** How soon what is written can be searched. */
export interface RefreshPace {
  /** Says that a batch of a backlog is about to be written to an index: it may be refreshed less often for a while. */
  relax(index: string): void;
  /** Sets back what a process that was killed has left so; never throws. */
  restore(): Promise<void>;
}

/** Where the progress is mirrored. @throws PipelineError kafka_unavailable */
export interface ProgressMirror {
  commit(partition: number, offset: string, metadata: string): Promise<void>;
}

/** What the supervisor's step needs to know of the topic. Throws PipelineError kafka_unavailable. */
export interface TopicView {
  /** The topic's id, absent where the broker does not tell, and its partitions, ascending; undefined when it is missing. */
  describe(topic: string): Promise<{ id?: string; partitions: number[] } | undefined>;
  /** Partitions of the topic, ascending; undefined when there is no such topic. */
  partitions(topic: string): Promise<number[] | undefined>;
  ends(topic: string): Promise<Map<number, { low: number; high: number }>>;
  /** The mirrored commits. */
  committed(groupId: string, topic: string): Promise<Map<number, { offset: string; metadata: string }>>;
}

/** Offsets of one partition, from `from` up to, not including, `to`. */
export interface PartitionRange {
  generation: number;
  partition: number;
  from: number;
  to: number;
}

/** What of a range is in Elasticsearch, writes that were acknowledged before the call included. */
export interface FateReader {
  /**
   * Offsets with documents and without a dead letter, those with one, and the documents of both beside one for each of
   * the former, all as they were before anything was redriven.
   *
   * @throws PipelineError elasticsearch_unavailable, elasticsearch_throttled, elasticsearch_denied
   */
  count(range: PartitionRange): Promise<{ documents: number; letters: number; moreDocuments: number }>;
}

/** Tells a workflow why a step of its is being tried again. Never fails: it is a courtesy to whoever watches. */
export interface WaitingReporter {
  report(workflowId: string, waiting: Waiting): void;
}
