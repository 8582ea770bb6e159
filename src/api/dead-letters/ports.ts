import type { RedriveLetters } from '../../activities/redrive-ports';
import type { LetterFilter, LetterState } from '../../domain/dead-letter';
import type { KafkaRecord, Rejection } from '../../domain/record';
import type { LetterDocument } from '../../elasticsearch/dead-letter-document';
import type { RedriveOrderStore } from '../../elasticsearch/redrive-orders';
import type { SearchAccount } from '../logs/ports';

/** Where a page ends: time of the dead-lettering in ms, generation, partition, offset. */
export type LetterPosition = readonly [number, number, number, number];

export interface FoundLetterDocument {
  id: string;
  index: string;
  document: LetterDocument;
}

export interface LetterPage extends SearchAccount {
  /** Newest first, without the records' bytes. */
  letters: FoundLetterDocument[];
  /** Over everything that the filter selects. */
  byReason: { reason: string; count: number }[];
  byState: Record<LetterState, number>;
  /** Absent on the last page. */
  next: LetterPosition | undefined;
}

/** Searches dead letters. Throws PipelineError elasticsearch_*. */
export interface DeadLetterSearch {
  list(
    request: { filter: LetterFilter; size: number; after?: LetterPosition | undefined },
    signal?: AbortSignal,
  ): Promise<LetterPage>;
  /** One letter with its bytes, as it is now. */
  get(id: string): Promise<FoundLetterDocument | undefined>;
  count(filter: LetterFilter): Promise<number>;
}

export type RedriveStatus = 'running' | 'done' | 'cancelled' | 'failed' | 'not_started';

/** Redrives as workflows. All calls throw when Temporal does not answer. */
export interface RedriveWorkflows {
  start(topic: string, operation: string): Promise<void>;
  status(operation: string): Promise<RedriveStatus>;
  /** False when no such workflow runs. */
  cancel(operation: string): Promise<boolean>;
}

/** What decoding a record comes to; `parts` of several log records in one message. */
export type DecodeVerdict =
  { kind: 'record' | 'filtered'; parts?: number | undefined } | { kind: 'rejected'; rejection: Rejection };

/** All that the dead-letter routes talk to. */
export interface DeadLetterDesk {
  search: DeadLetterSearch;
  letters: Pick<RedriveLetters, 'page' | 'load' | 'countByOperation'>;
  orders: RedriveOrderStore;
  workflows: RedriveWorkflows;
  /** For records that the pipeline has decoded before. */
  decode: (record: KafkaRecord) => DecodeVerdict;
  /** For bodies that somebody sent: whatever they do, this process lives on. */
  decodeApart: (record: KafkaRecord) => Promise<DecodeVerdict>;
  /** A body that somebody sent, without secrets. */
  redact: (body: Buffer) => Buffer;
  retention: { retentionDays: number; oldestDay?: string | undefined };
}
