import type { LetterState } from '../../domain/dead-letter';
import type { MessagePart } from '../../domain/record';
import type { LogFilter, LogHit } from '../logs/ports';

/** Offsets of a partition in one life of its topic: from `from` up to, not including, `to`. */
export interface TailRange {
  generation: number;
  partition: number;
  from: number;
  to: number;
  /** Of the message at `from`: its first log record that belongs to the range; all of them when absent. */
  fromPart?: number | undefined;
}

/** A stored log and where it stands. */
export interface TailHit {
  partition: number;
  generation: number;
  offset: number;
  /** Of one among several logs of a message. */
  place?: MessagePart | undefined;
  log: LogHit;
  /** Which of the filters it matches, by their place in the list. */
  matched: number[];
}

export interface TailPage {
  /** In the order of partition, generation and offset. */
  hits: TailHit[];
  /** Where the next page begins; absent after the last. */
  after?: TailPlace | undefined;
}

/** Partition, generation and offset of the last log of a page, and which log of its message it is. */
export type TailPlace = readonly [partition: number, generation: number, offset: number, part: number];

/**
 * What a tail asks of the stored logs. Answers are of what can be searched now, and whole: a shard that fails fails the
 * call. All calls throw PipelineError elasticsearch_unavailable, elasticsearch_throttled or elasticsearch_denied.
 */
export interface TailSource {
  /** How many logs each range has, without those at the offsets that are left out. */
  count(ranges: readonly (TailRange & { without?: readonly number[] })[]): Promise<number[]>;
  /**
   * The range's records that ever had a dead letter, with the logs that they had when they were dead-lettered and those
   * that they have now: a redrive may have given them some since.
   */
  letters(range: TailRange): Promise<{ offset: number; state: LetterState; kept: number; documents: number }[]>;
  /** Makes all that was acknowledged before the call searchable. */
  refresh(): Promise<void>;
  /** Logs of the ranges, which come in the order of partition and generation, that match any of the filters. */
  read(
    ranges: readonly TailRange[],
    filters: readonly LogFilter[],
    page: { size: number; after?: TailPlace | undefined },
    signal?: AbortSignal,
  ): Promise<TailPage>;
  /** The first offset of the range that has a log, and whether any log of the same life lies before the range. */
  begins(range: TailRange, signal?: AbortSignal): Promise<{ first?: number | undefined; hasEarlier: boolean }>;
  /** By partition, the place of the first log that Kafka took, or that says it was made, at this time or later. */
  since(timeMs: number, partitions: readonly number[], signal?: AbortSignal): Promise<Map<number, TailPoint>>;
}

/** A place in a partition: everything below the offset is behind it. */
export interface TailPoint {
  generation: number;
  offset: number;
  /** So many logs of the message at the offset are behind it too; none when absent. */
  part?: number | undefined;
}
