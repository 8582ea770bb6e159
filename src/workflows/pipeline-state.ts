import type { BatchLimits } from '../domain/batch';
import { isGapHalt } from '../domain/errors';
import { parseOffset, type OffsetString } from '../domain/offsets';
import { growScale, scaleLimits, shrinkScale } from './batch-size';
import { holdOf, Holds } from './holds';
import { MessageLog } from './message-log';
import type { AcceptGap, ReadMessage, Rebind } from './message-types';
import { statusOf } from './partition-status';
import { bookFlight, closeGeneration, type Flight } from './partition-progress';
import type {
  CommitMetadata,
  Gap,
  Orders,
  PartitionInput,
  PartitionProgress,
  PartitionStatus,
  PipelineFailure,
  Waiting,
} from './contract';

/** The state of one partition, without any of Temporal: what the signals change and the batches move. */
export class PipelineState {
  readonly topic: string;
  readonly partition: number;
  readonly messages: MessageLog;
  readonly holds: Holds;
  progress: PartitionProgress;
  orders: Orders;
  failure: PipelineFailure | undefined;
  committed: OffsetString | undefined;
  committedHolds: string | undefined;
  /** False in a run that was recorded before holds were mirrored and pulls had a limit: it is replayed as it was. */
  mirrorsHolds = true;
  /** False in a run that was recorded before holds were noted in the memo and mirrored without delay. */
  notesHolds = true;
  /** Batches in flight, in order of offset. */
  flights: Flight[] = [];
  workerQueue: string | undefined;
  /** Batches pulled in this run. */
  pulled = 0;
  /** True from the first pull until everything in flight has landed or was cancelled. */
  active = false;
  /** Where the pull under way starts. */
  pulling: OffsetString | undefined;
  /** Set when what is in flight is to be given up and pulled again. */
  repull = false;
  #batchScale: number;
  #accepted: PartitionInput['accepted'];
  #pullWaiting: Waiting | undefined;
  /** An order to rebind that waits for what is in flight. */
  #rebind: Rebind | undefined;

  constructor(input: PartitionInput) {
    this.topic = input.topic;
    this.partition = input.partition;
    this.messages = new MessageLog(input.messages);
    this.progress = input.progress;
    this.orders = input.orders;
    const { ownPause } = input;
    const ownHold = input.ownHold ?? (ownPause && { kind: 'pause', since: '', ...ownPause });
    this.holds = new Holds(ownHold, input.topicHold, input.orders, input.standBy);
    this.failure = input.failure;
    this.committed = input.committed;
    this.committedHolds = input.committedHolds;
    this.#batchScale = input.batchScale ?? 1;
    this.#accepted = input.accepted;
  }

  get paused(): boolean {
    return this.holds.inForce(this.progress.ledger.next) !== undefined;
  }

  get halted(): boolean {
    return this.failure !== undefined;
  }

  /** True when no further batch may be handed on. */
  get stopped(): boolean {
    return this.paused || this.halted;
  }

  get status(): PartitionStatus {
    return statusOf(this);
  }

  /** Why the first batch in flight, or else the pull, is being tried again. */
  get waiting(): Waiting | undefined {
    return this.flights.find(({ waiting }) => waiting)?.waiting ?? this.#pullWaiting;
  }

  /** Limits of the next batch. */
  get limits(): BatchLimits {
    return scaleLimits(this.orders.settings.batch, this.#batchScale);
  }

  /** Where the next pull starts. */
  get position(): OffsetString {
    return this.flights.at(-1)?.to ?? this.progress.ledger.next;
  }

  get dirty(): boolean {
    return (
      this.committed !== this.progress.ledger.next || (this.mirrorsHolds && this.committedHolds !== this.holds.text)
    );
  }

  /** Follows a message that `checkMessage` has let pass. */
  follow(message: ReadMessage): void {
    switch (message.name) {
      case 'pause':
      case 'drain':
      case 'stop-at':
        return this.holds.place(holdOf(message), message.requestId);
      case 'resume':
        return this.resume();
      case 'accept-gap':
        return this.acceptGap(message);
      case 'rebind':
        return this.rebind(message);
    }
  }

  resume(): void {
    this.holds.lift();
    this.failure = undefined;
  }

  /** Takes the supervisor's orders; older ones than those in force are ignored. */
  obey(orders: Orders): void {
    if (orders.revision < this.orders.revision) return;
    this.orders = orders;
    this.holds.obey(orders);
    if (orders.retryHalted === true) this.failure = undefined;
  }

  halt(failure: PipelineFailure): void {
    this.failure ??= failure;
  }

  /** Binds the progress to the topic that its first pull met. */
  adoptTopic(topicId: string | undefined): void {
    if (this.progress.topicId === undefined && topicId !== undefined) this.progress = { ...this.progress, topicId };
  }

  /** Takes a gap on; only a partition that halted over one has any. What can be read by now is read all the same. */
  acceptGap({ to }: AcceptGap = {}): void {
    const { code, gap } = this.failure ?? {};
    if (!isGapHalt(code)) return;
    this.#accepted = { to: to ?? (code === 'batch_unreadable' ? gap?.to : undefined) };
    this.failure = undefined;
  }

  /** True when a gap may be given up: an operator took it on, or the settings do; but what is damaged may be whole on another broker. */
  mayLose({ to }: Gap, code = 'offset_out_of_range'): boolean {
    if (this.orders.settings.onGap === 'accept' && code === 'offset_out_of_range') return true;
    const accepted = this.#accepted;
    return accepted !== undefined && (accepted.to === undefined || parseOffset(to) <= parseOffset(accepted.to));
  }

  /**
   * Goes on with a topic that was created anew, from its first offset under the next generation; or, with `keep`, as
   * before, and mirrors the progress again. Only for a partition that halted over it.
   */
  rebind(order: Rebind = {}): void {
    if (this.failure?.code !== 'topic_recreated') return;
    // What is in flight belongs to the account as it is.
    if (this.active) this.#rebind = order;
    else this.#rebindNow(order);
  }

  #rebindNow({ keep = false }: Rebind): void {
    this.failure = undefined;
    this.committed = undefined;
    // Either way the next pull binds it to the topic that is there.
    this.progress = keep ? { ...this.progress, topicId: undefined } : closeGeneration(this.progress);
  }

  /** Notes why a step is tried again; a report about a step that has ended is late and means nothing. */
  noteWaiting(report: Waiting): void {
    if (report.code === 'elasticsearch_throttled') this.shrink();
    if (report.step === 'pull') {
      if (this.pulling === report.from) this.#pullWaiting = report;
      return;
    }
    const flight = this.flights.find(({ from }) => from === report.from);
    if (flight && !flight.fates) flight.waiting = report;
  }

  pullStarted(from: OffsetString): void {
    this.pulling = from;
    this.#pullWaiting = undefined;
  }

  pullEnded(): void {
    this.pulling = undefined;
    this.#pullWaiting = undefined;
  }

  shrink(): void {
    this.#batchScale = shrinkScale(this.#batchScale);
  }

  grow(): void {
    this.#batchScale = growScale(this.#batchScale);
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
      this.progress = bookFlight(this.progress, flight, flight.fates);
      if (flight.lostAt !== undefined) this.#accepted = undefined;
      this.flights.shift();
    }
  }

  /** Nothing is under way any more: what has not landed is forgotten, and pulled again. */
  rest(): void {
    this.flights = [];
    this.active = false;
    if (this.#rebind && this.failure?.code === 'topic_recreated') this.#rebindNow(this.#rebind);
    this.#rebind = undefined;
  }

  get commitMetadata(): CommitMetadata {
    const { epoch, revision } = this.orders;
    return { v: 1, progress: this.progress, epoch, holds: this.holds.under(revision) };
  }

  /** The whole state, as the argument of the next run. */
  get input(): PartitionInput {
    const { topic, partition, progress, orders, failure, committed, committedHolds } = this;
    return {
      ...{ topic, partition, progress, failure, committed, committedHolds },
      ...{ ownHold: this.holds.own, topicHold: this.holds.topic, standBy: this.holds.standby.order },
      orders: { ...orders, retryHalted: false, ask: undefined },
      batchScale: this.#batchScale,
      accepted: this.#accepted,
      messages: this.messages.memory,
    };
  }
}
