import type { RejectionCode } from './record';

/**
 * The states of a dead letter. It leaves `open` for good once, by compare-and-set:
 * - `open`: the record has no document.
 * - `redriving`: an operation is writing its document; back to `open` when the record is refused again.
 * - `redriven`: an operation wrote its document.
 * - `resolved`: the pipeline itself wrote its document, when it met the record again under other rules or mappings.
 */
export const LETTER_STATES = ['open', 'redriving', 'redriven', 'resolved'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** How many letters are in each state. */
export type LetterCounts = Record<LetterState, number>;

export function noLetters(): LetterCounts {
  return { open: 0, redriving: 0, redriven: 0, resolved: 0 };
}

/** States in which the record has its document: the ledger counts these as indexed, and no longer as dead-lettered. */
export const SETTLED_LETTER_STATES = ['redriven', 'resolved'] as const satisfies readonly LetterState[];

/** Which letters. A field that is absent selects all; several fields must all hold. */
export interface LetterFilter {
  ids?: readonly string[] | undefined;
  partitions?: readonly number[] | undefined;
  codes?: readonly RejectionCode[] | undefined;
  states?: readonly LetterState[] | undefined;
  /** Words and phrases in the start of the record or in the server's words. */
  text?: string | undefined;
  /** When the record was dead-lettered, milliseconds since the epoch: inclusive, exclusive. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
}

/** Where a walk over letters stands: behind the letter at this place. */
export interface LetterCursor {
  generation: number;
  partition: number;
  offset: number;
}

/** Index names of dead letters start with this, so that no search over `PREFIX-*` meets one. */
const LETTER_PREFIX = 'dead-letters-';

/** What stands in for the log indices' prefix in the names of dead-letter indices: `dead-letters-logs`. */
export function letterIndexPrefix(indexPrefix: string): string {
  return LETTER_PREFIX + indexPrefix;
}

/** The indices of all letters: those of a day, and the one of records before the oldest day. */
export function letterIndexPatterns(indexPrefix: string): string[] {
  const prefix = letterIndexPrefix(indexPrefix);
  return [`${prefix}-2*.*.*`, `${prefix}-old`];
}
