import type { DayIndex, ExpiredIndex, ExpiredPart } from '../domain/expiry';

/** What retention needs from the outside. Every call throws PipelineError elasticsearch_*. */

/** The day indices of one prefix. */
export interface IndexRetention {
  /** Oldest first. Closed indices and those of other names are never listed. */
  list(): Promise<DayIndex[]>;
  /** What an index holds, everything that was written before the call included. */
  account(index: string): Promise<{ documents: number; parts: ExpiredPart[] }>;
  /** Deletes an index; one that is gone already is fine. */
  remove(index: string): Promise<void>;
}

/** Merging of indices that are not written to any more. */
export interface IndexMerge {
  /**
   * Asks for one segment per shard of those of the indices that have more, are at rest and not too large, the newest ones
   * first where they are many. Waits for none of it, and asks for nothing while one of them is being merged.
   *
   * @returns those it asked for
   */
  merge(indices: readonly string[]): Promise<string[]>;
}

/** The records of what was deleted. */
export interface ExpiryLog {
  /** Writing one again changes nothing. */
  write(expired: ExpiredIndex): Promise<void>;
  /** The newest first, only those of some days where days are named. */
  list(days?: readonly string[]): Promise<ExpiredIndex[]>;
}

/** One setting or mapping that is not as this version asks for. */
export interface TemplateDrift {
  /** `new indices`, or the index that has it. */
  where: string;
  /** Such as `logs.mappings.properties.status_code.type`. */
  path: string;
  shipped: string;
  /** Null: not there at all. */
  found: string | null;
}

/** Holds the live index templates and newest mappings against the shipped ones. */
export type DriftCheck = () => Promise<TemplateDrift[]>;
