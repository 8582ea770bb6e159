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

/** The records of what was deleted. */
export interface ExpiryLog {
  /** Writing one again changes nothing. */
  write(expired: ExpiredIndex): Promise<void>;
  /** The newest first. */
  list(): Promise<ExpiredIndex[]>;
}
