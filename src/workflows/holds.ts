import { parseOffset, type OffsetString } from '../domain/offsets';
import type { Hold, MirroredHolds, Orders } from './contract';
import type { ReadMessage, StandingBy } from './message-types';
import { Standby } from './stand-by';

/** What a pause, a drain or a stop-at asks for; undefined for other messages. */
export function holdOf(message: ReadMessage): Hold | undefined {
  const { name, reason, actor } = message;
  const since = new Date().toISOString();
  switch (name) {
    case 'pause':
      return { kind: name, since, reason, actor, expiresAt: message.expiresAt };
    case 'drain':
      return { kind: name, since, reason, actor };
    case 'stop-at':
      return { kind: name, since, reason, actor, offset: message.offset };
    default:
      return undefined;
  }
}

/** What holds one partition: an order of its own, the topic's, and a pause that is on its way. Each is enough. */
export class Holds {
  readonly standby: Standby;
  #own: Hold | undefined;
  #topic: Hold | undefined;

  constructor(own: Hold | undefined, topic: Hold | undefined, orders: Orders, standBy?: StandingBy) {
    this.#own = own;
    this.#topic = topic;
    this.standby = new Standby(standBy);
    this.obey(orders);
  }

  get own(): Hold | undefined {
    return this.#own;
  }

  get topic(): Hold | undefined {
    return this.#topic;
  }

  /** What is to be known of them when this run is no more. */
  under(revision: number): MirroredHolds {
    return { revision, own: this.#own, topic: this.#topic };
  }

  /** Places an order of the partition's own. The newest replaces the one before. */
  place(hold: Hold | undefined, requestId?: string): void {
    this.#own = hold;
    if (requestId !== undefined) this.standby.end(requestId);
  }

  /** Lifts what holds this partition alone. */
  lift(): void {
    this.#own = undefined;
    this.standby.expire();
  }

  /** Takes over the topic's order; what was found out about the same one stays. */
  obey({ hold, paused, note, answers }: Orders): void {
    if (answers !== undefined) this.standby.end(answers);
    // A supervisor of before knows only pauses.
    const wanted: Hold | undefined = hold ?? (paused ? { kind: 'pause', since: '', ...note } : undefined);
    const same = wanted?.since === this.#topic?.since && wanted?.kind === this.#topic?.kind;
    if (!same || wanted?.kind !== 'drain') this.#topic = wanted;
  }

  /** The first offset that must not be read; undefined when there is none. */
  get limit(): OffsetString | undefined {
    const offsets = this.#all.flatMap(({ offset }) => (offset === undefined ? [] : [offset]));
    return offsets.sort((a, b) => parseOffset(a) - parseOffset(b))[0];
  }

  /** True when nothing from this offset on may be read. */
  isReached(offset: OffsetString): boolean {
    const { limit } = this;
    return limit !== undefined && parseOffset(offset) >= parseOffset(limit);
  }

  /** As text, by which one state is told from another; undefined when nothing is held. */
  get text(): string | undefined {
    return this.#own || this.#topic ? JSON.stringify([this.#own, this.#topic]) : undefined;
  }

  /** The order that keeps a partition whose next offset this is from going on. */
  inForce(next: OffsetString): Hold | undefined {
    const inForce = this.#all.find(
      ({ kind, offset }) => kind === 'pause' || (offset !== undefined && parseOffset(offset) <= parseOffset(next)),
    );
    return inForce ?? this.standby.hold;
  }

  /** The order that will, once the partition is there. */
  get pending(): Hold | undefined {
    return this.#all.find(({ kind }) => kind === 'drain') ?? this.#all[0];
  }

  /** A drain whose end is not known yet. */
  get endless(): Hold | undefined {
    return this.#all.find(({ kind, offset }) => kind === 'drain' && offset === undefined);
  }

  /** Sets the end of every drain that has none: the end was read after each of them was ordered. */
  endAt(offset: OffsetString, orders: readonly (Hold | undefined)[]): void {
    const end = (hold: Hold | undefined) =>
      hold?.kind === 'drain' && hold.offset === undefined && orders.includes(hold) ? { ...hold, offset } : hold;
    this.#own = end(this.#own);
    this.#topic = end(this.#topic);
  }

  /** When the partition's own pause ends by itself; the supervisor sees to the topic's. */
  get expiresAt(): string | undefined {
    return this.#own?.expiresAt;
  }

  expire(): void {
    this.#own = undefined;
  }

  get #all(): Hold[] {
    return [this.#own, this.#topic].filter((hold) => hold !== undefined);
  }
}
