import type { ExpiredIndex } from '../domain/expiry';
import type { ClosedLedger, Ledger } from '../domain/ledger';
import type { LetterState } from '../domain/dead-letter';
import type { MessagePart } from '../domain/record';
import type { DecodeRecord, BatchSource, TopicView } from './ports';

/** What an audit needs from the outside. */

/** A document by its id and by the place it says it is from. */
export interface PlacedDocument {
  index: string;
  id: string;
  offset: number;
  /** Of a message with several log records: which of them, from 0, and how many there are. */
  place?: MessagePart | undefined;
}

/** The documents of all log indices. Every call throws PipelineError when any part of the answer is missing. */
export interface AuditIndex {
  /** Makes everything that was written before the call visible to the next ones. */
  refresh(signal: AbortSignal): Promise<void>;
  /**
   * Documents of a partition by offset, at most `limit`: a full answer may have more of its last offset. An absent bound
   * does not bind.
   */
  documents(
    partition: number,
    range: { from?: number | undefined; to?: number | undefined },
    limit: number,
    signal: AbortSignal,
  ): Promise<PlacedDocument[]>;
  /** Documents that name no offset, or none of these partitions. */
  strays(
    partitions: number[],
    limit: number,
    signal: AbortSignal,
  ): Promise<{ total: number; first: Pick<PlacedDocument, 'index' | 'id'>[] }>;
  /** The name of the index that a record of this Kafka time belongs to. */
  indexOf(timestampMs: number): string;
  /** The indices there are. */
  indices(signal: AbortSignal): Promise<Set<string>>;
}

/** A dead letter as an audit sees it. */
export interface AuditedLetter {
  offset: number;
  state: LetterState;
  /** Documents that its message had when it was dead-lettered. */
  kept: number;
  /** Those that it has by now. */
  documents: number;
}

/** The dead letters. */
export interface AuditLetters {
  /** Letters in order of offset, at most `size`. @throws PipelineError */
  list(
    range: { generation: number; partition: number; from: number; to: number },
    size: number,
  ): Promise<AuditedLetter[]>;
}

/** A partition's account at this moment. */
export interface Account {
  source: 'workflow' | 'commit';
  generation: number;
  ledger: Ledger;
  closed: ClosedLedger[];
}

export interface Accounts {
  /** By the partition's workflow, or else by its mirrored commit. @throws PipelineError temporal_unavailable */
  read(topic: string, partition: number): Promise<Account>;
}

export interface AuditDeps {
  accounts: Accounts;
  index: AuditIndex;
  letters: AuditLetters;
  source: Pick<BatchSource, 'read'>;
  topics: Pick<TopicView, 'ends' | 'partitions'>;
  decode: DecodeRecord;
  /** What the retention has deleted, documents and dead letters. @throws PipelineError elasticsearch_* */
  expired(): Promise<ExpiredIndex[]>;
  retentionDays: number;
  /** Documents of one request, at least 2; as many as Elasticsearch gives when absent. */
  page?: number;
  now?: () => number;
}
