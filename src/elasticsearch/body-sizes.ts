import type { BatchRef } from '../domain/batch';

/** What a record takes beside its own bytes, until a batch has shown it. */
const FIRST_GUESS = 360;
/** Room above what the batches before took. */
const MARGIN = 1.03;
/** How fast a batch that took much is forgotten. */
const FADE = 0.1;

/**
 * Guesses how large the bulk body of a batch gets, by the batches before it. One that is guessed too small is copied while
 * it is written, and takes memory twice; records of one topic are alike, so a guess is rarely wrong.
 */
export class BodySizes {
  #perRecord = FIRST_GUESS;

  /** Bytes to begin with. */
  guess({ bytes, count }: Pick<BatchRef, 'bytes' | 'count'>): number {
    return Math.ceil((bytes + (count + 1) * this.#perRecord) * MARGIN);
  }

  /** What became of a batch. */
  learn({ bytes, count }: Pick<BatchRef, 'bytes' | 'count'>, written: number): void {
    if (count === 0) return;
    const perRecord = Math.max(0, (written - bytes) / count);
    this.#perRecord = Math.max(perRecord, this.#perRecord + (perRecord - this.#perRecord) * FADE);
  }
}
