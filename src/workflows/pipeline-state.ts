import type { BatchRef } from '../domain/batch';
import { book, noFates, type FateCounts } from '../domain/ledger';
import { parseOffset, type OffsetString } from '../domain/offsets';
import type {
  CommitMetadata,
  Epoch,
  OperatorNote,
  Orders,
  PartitionInput,
  PartitionProgress,
  PartitionState,
  PartitionStatus,
  PipelineFailure,
} from './contract';

/** A batch between its pull and its place in the ledger. */
export interface Flight {
  from: OffsetString;
  to: OffsetString;
  /** Absent when the range has no records. */
  ref?: BatchRef;
  epoch: Epoch;
  step: 'score' | 'index';
  /** Set when every record of the range has its fate. */
  fates?: FateCounts;
}

/** Spans kept: a replay of older offsets takes the oldest of them. */
const MAX_EPOCH_SPANS = 16;

/** The state of one partition, without any of Temporal: what the signals change and the batches move. */
export class PipelineState {
  readonly topic: string;
  readonly partition: number;
  progress: PartitionProgress;
  orders: Orders;
  ownPause: OperatorNote | undefined;
  failure: PipelineFailure | undefined;
  committed: OffsetString | undefined;
  /** Batches in flight, in order of offset. */
  flights: Flight[] = [];
  workerQueue: string | undefined;
  /** Batches pulled in this run. */
  pulled = 0;
  /** True from the first pull until everything in flight has landed or was cancelled. */
  active = false;

  constructor(input: PartitionInput) {
    this.topic = input.topic;
    this.partition = input.partition;
    this.progress = input.progress;
    this.orders = input.orders;
    this.ownPause = input.ownPause;
    this.failure = input.failure;
    this.committed = input.committed;
  }

  get paused(): boolean {
    return this.orders.paused || this.ownPause !== undefined;
  }

  get halted(): boolean {
    return this.failure !== undefined;
  }

  /** True when no further batch may be handed on. */
  get stopped(): boolean {
    return this.paused || this.halted;
  }

  get status(): PartitionStatus {
    if (this.halted) return 'halted';
    if (!this.paused) return 'running';
    return this.active ? 'pausing' : 'paused';
  }

  /** Where the next pull starts. */
  get position(): OffsetString {
    return this.flights.at(-1)?.to ?? this.progress.ledger.next;
  }

  get dirty(): boolean {
    return this.committed !== this.progress.ledger.next;
  }

  pause(note: OperatorNote = {}): void {
    this.ownPause = note;
  }

  resume(): void {
    this.ownPause = undefined;
    this.failure = undefined;
  }

  /** Takes the supervisor's orders; older ones than those in force are ignored. */
  obey(orders: Orders): void {
    if (orders.revision < this.orders.revision) return;
    this.orders = orders;
    if (orders.retryHalted === true) this.failure = undefined;
  }

  halt(failure: PipelineFailure): void {
    this.failure ??= failure;
  }

  launch(flight: Flight): void {
    this.flights.push(flight);
    this.pulled += 1;
  }

  /**
   * Books what has landed, as far as it follows without a hole.
   *
   * @throws RangeError when the fates do not add up
   */
  settle(): void {
    for (let flight = this.flights[0]; flight?.fates; flight = this.flights[0]) {
      const { ledger, epochs, generation } = this.progress;
      const booked = book(ledger, flight, flight.fates);
      const known = epochs.at(-1)?.number === flight.epoch.number;
      const spans = known
        ? epochs
        : [...epochs, { number: flight.epoch.number, from: flight.from }].slice(-MAX_EPOCH_SPANS);
      this.progress = { generation, ledger: booked, epochs: spans };
      this.flights.shift();
    }
  }

  /** Forgets what is in flight: it is pulled again. */
  dropFlights(): void {
    this.flights = [];
  }

  get commitMetadata(): CommitMetadata {
    return { v: 1, progress: this.progress, epoch: this.orders.epoch };
  }

  /** The whole state, as the argument of the next run. */
  get input(): PartitionInput {
    const { topic, partition, progress, orders, ownPause, failure, committed } = this;
    return { topic, partition, progress, orders: { ...orders, retryHalted: false }, ownPause, failure, committed };
  }

  /** The answer to the `state` query. */
  get view(): PartitionState {
    return {
      ...this.progress,
      topic: this.topic,
      partition: this.partition,
      status: this.status,
      pause: this.ownPause ?? (this.orders.paused ? (this.orders.note ?? {}) : undefined),
      epoch: this.orders.epoch,
      failure: this.failure,
      committed: this.committed,
      inFlight: this.flights.map(({ from, to, step }) => ({ from, to, step })),
      workerQueue: this.workerQueue,
    };
  }
}

/** The fates of a range in which Kafka has no record. */
export function voidRange(from: OffsetString, to: OffsetString): FateCounts {
  return { ...noFates(), void: parseOffset(to) - parseOffset(from) };
}
