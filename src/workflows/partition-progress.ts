import type { BatchRef } from '../domain/batch';
import { book, noFates, openLedger, type FateCounts } from '../domain/ledger';
import { parseOffset, type OffsetString } from '../domain/offsets';
import type { Epoch, FlightStep, PartitionProgress, Waiting } from './contract';

/** A batch between its pull and its place in the ledger. */
export interface Flight {
  from: OffsetString;
  to: OffsetString;
  /** Absent when the range has no records. */
  ref?: BatchRef;
  epoch: Epoch;
  step: FlightStep;
  /** Set when Kafka has lost the range: ISO time at which this was taken on. */
  lostAt?: string;
  waiting?: Waiting | undefined;
  /** Set when every record of the range has its fate. */
  fates?: FateCounts;
}

/** Spans kept: a replay of older offsets takes the oldest of them. */
const MAX_EPOCH_SPANS = 16;
/** Kept of what the commit metadata carries too, which holds 4,096 bytes. */
const MAX_LOST_RANGES = 8;
const MAX_CLOSED_GENERATIONS = 3;

/**
 * The progress after a flight that follows directly on it.
 *
 * @throws RangeError when it leaves a hole, or when its fates do not add up to its length
 */
export function bookFlight(progress: PartitionProgress, flight: Flight, fates: FateCounts): PartitionProgress {
  const { epochs, lost = [] } = progress;
  const { from, to, epoch, lostAt: at } = flight;
  const known = epochs.at(-1)?.number === epoch.number;
  return {
    ...progress,
    ledger: book(progress.ledger, flight, fates),
    epochs: known ? epochs : [...epochs, { number: epoch.number, from }].slice(-MAX_EPOCH_SPANS),
    ...(at === undefined
      ? {}
      : { lost: [...lost, { from, to, lost: fates.lostUpstream, at }].slice(-MAX_LOST_RANGES) }),
  };
}

/** The progress in a topic that was created anew: its account starts at offset 0, the old one is closed and kept. */
export function closeGeneration({ generation, ledger, epochs, closed = [] }: PartitionProgress): PartitionProgress {
  return {
    generation: generation + 1,
    ledger: openLedger('0'),
    epochs: epochs.slice(-1).map(({ number }) => ({ number, from: '0' })),
    closed: [...closed, { generation, ledger }].slice(-MAX_CLOSED_GENERATIONS),
  };
}

/** The fates of a range in which Kafka has no record. */
export function voidRange(from: OffsetString, to: OffsetString): FateCounts {
  return { ...noFates(), void: parseOffset(to) - parseOffset(from) };
}
