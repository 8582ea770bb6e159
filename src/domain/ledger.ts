import { parseOffset, type OffsetString } from './offsets';

/** The fates an offset can have. Every offset below a partition's next offset has exactly one. */
export const FATES = ['indexed', 'duplicate', 'deadLettered', 'filtered', 'lostUpstream', 'void'] as const;
export type Fate = (typeof FATES)[number];

/** How many offsets met each fate. */
export interface FateCounts extends Record<Fate, number> {
  /**
   * Documents beside one for each offset that is indexed or a duplicate: a message may hold several log records, and the
   * good ones of a message that is dead-lettered keep their documents. Absent when there are none.
   */
  moreDocuments?: number | undefined;
}

/** The account of one partition: `next - first` equals the sum of the fates, always. */
export interface Ledger extends FateCounts {
  /** First offset ever taken on. */
  first: OffsetString;
  /** Next offset without a fate. */
  next: OffsetString;
}

/** The account of a topic that was deleted and created anew under its name. */
export interface ClosedLedger {
  generation: number;
  ledger: Ledger;
}

export function noFates(): FateCounts {
  return { indexed: 0, duplicate: 0, deadLettered: 0, filtered: 0, lostUpstream: 0, void: 0 };
}

/** An account that starts at `first` with nothing in it. */
export function openLedger(first: OffsetString): Ledger {
  return { first, next: first, ...noFates() };
}

/** Sum of all fates. */
export function countFates(fates: FateCounts): number {
  return FATES.reduce((sum, fate) => sum + fates[fate], 0);
}

/** Documents that stand for these offsets, by their first fate. */
export function documentsOf({ indexed, duplicate, moreDocuments = 0 }: FateCounts): number {
  return indexed + duplicate + moreDocuments;
}

/** The sum of two counts. */
export function addFates(one: FateCounts, other: FateCounts): FateCounts {
  const sum = noFates();
  for (const fate of FATES) sum[fate] = one[fate] + other[fate];
  const more = (one.moreDocuments ?? 0) + (other.moreDocuments ?? 0);
  return more === 0 ? sum : { ...sum, moreDocuments: more };
}

/**
 * Books a range that follows directly on the account's next offset.
 *
 * @throws RangeError when the range leaves a hole or overlaps, or when its fates do not add up to its length: the
 * account must never be closed over a mistake.
 */
export function book(ledger: Ledger, range: { from: OffsetString; to: OffsetString }, fates: FateCounts): Ledger {
  if (range.from !== ledger.next) throw new RangeError(`range starts at ${range.from}, account at ${ledger.next}`);
  const length = parseOffset(range.to) - parseOffset(range.from);
  if (countFates(fates) !== length) {
    throw new RangeError(`fates of ${range.from}-${range.to} sum to ${countFates(fates)}, not ${length}`);
  }
  return { ...ledger, next: range.to, ...addFates(ledger, fates) };
}

/** What the account is off by; 0 in a sound one. */
export function imbalance(ledger: Ledger): number {
  return parseOffset(ledger.next) - parseOffset(ledger.first) - countFates(ledger);
}
