import type { LetterCounts, LetterCursor, LetterFilter, LetterState } from '../domain/dead-letter';
import type { KafkaRecord, PartRejection, Rejection } from '../domain/record';
import type { Epoch } from '../workflows/contract';
import type { RedriveOrder } from '../domain/redrive';

/** What a redrive needs from the outside. */

/** A letter in one of its versions. */
export interface LetterVersion {
  id: string;
  index: string;
  seqNo: number;
  primaryTerm: number;
}

export interface LetterPlace extends LetterCursor {
  id: string;
  index: string;
  /** Size of the record's value. */
  bytes: number;
}

/** A letter as it is now. */
export interface HeldLetter extends LetterVersion, LetterCursor {
  /** Milliseconds since the epoch, as Kafka has it. */
  timestamp: number;
  state: LetterState;
  operation?: string | undefined;
  edited: boolean;
  /** Log records of the message, where several of them are known of. */
  parts?: number | undefined;
  /** Documents that the message had when it was dead-lettered. */
  kept: number;
  attempts: number;
  reason: Rejection;
  recordHash: string;
  /** The record as it came; absent when only the dead-letter topic has its bytes. */
  record?: KafkaRecord | undefined;
}

/** What may be set in a letter by compare-and-set. */
export interface LetterChange {
  letter: LetterVersion;
  set: {
    state?: LetterState;
    operation?: string;
    edited?: boolean;
    attempts?: number;
    epoch?: number;
    reason?: Rejection;
    /** As {@link HeldLetter} has it, with those that are refused. */
    parts?: number;
    refused?: PartRejection[];
    /** Documents that the message has by now. */
    documents?: number;
  };
}

/** The letters as a redrive sees them. All calls throw PipelineError elasticsearch_* or index_blocked. */
export interface RedriveLetters {
  /** At most `size` letters that a filter selects, in order, behind `after`; written before the call or missing. */
  page(filter: LetterFilter, after: LetterCursor | undefined, size: number): Promise<LetterPlace[]>;
  /** The letters as they are now, certain; those that are gone are left out. */
  load(places: { id: string; index: string }[]): Promise<HeldLetter[]>;
  /** Changes each letter unless it is of another version by now; then undefined, else its new version. */
  change(changes: LetterChange[]): Promise<(LetterVersion | undefined)[]>;
  /** Letters by state that this operation was the last to take hold of. */
  countByOperation(operation: string): Promise<LetterCounts>;
  /** True when these are the bytes that the letter is about. */
  matches(letter: HeldLetter, record: KafkaRecord): boolean;
}

/** The redrives that were ordered. */
export interface RedriveOrders {
  /** @throws PipelineError elasticsearch_* */
  read(operation: string): Promise<RedriveOrder | undefined>;
}

/** What Temporal knows. Throws PipelineError temporal_unavailable. */
export interface RedriveRuns {
  isRunning(operation: string): Promise<boolean>;
  /** The scoring epoch of a topic. */
  epoch(topic: string): Promise<Epoch>;
}
