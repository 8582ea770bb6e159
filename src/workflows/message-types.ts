import type { OffsetString } from '../domain/offsets';

/** What operators say to the workflows, by signal or by update of the same name, and what an update answers. */
export const MESSAGES = ['pause', 'resume', 'drain', 'stop-at', 'accept-gap', 'rebind'] as const;
export type MessageName = (typeof MESSAGES)[number];

/** Who asked for an operation and why. */
export interface OperatorNote {
  reason?: string | undefined;
  actor?: string | undefined;
}

/**
 * An order that keeps a topic or a partition from going on: at once, or from an offset on. The newest order of a level
 * replaces the one before; `resume` lifts it.
 */
export interface Hold extends OperatorNote {
  kind: 'pause' | 'drain' | 'stop-at';
  /** ISO time at which it was ordered: tells one order from the next. */
  since: string;
  /** Of a pause: ISO time at which it ends by itself. */
  expiresAt?: string | undefined;
  /** Of a stop-at, and of a drain once its end is known: where it pauses. */
  offset?: OffsetString | undefined;
}

/** What every message may carry. */
export interface Message extends OperatorNote {
  /** At most 128 characters. A message whose id was seen among the last 256 changes nothing. */
  requestId?: string | undefined;
  /** Supervisor only; absent: the whole topic. */
  partition?: number | undefined;
  /** Not for operators: the supervisor waits for the partition's {@link PartitionAnswer} under this name. */
  ask?: string | undefined;
}

/** Argument of `pause`, as it was read: `forSeconds` has become a time. */
export interface Pause extends Message {
  /** ISO time at which it resumes by itself. */
  expiresAt?: string | undefined;
  /** Not for operators: partitions to which the sender says {@link STAND_BY} itself, so that nobody need ask them. */
  told?: number[] | undefined;
}

/**
 * Update of a partition, not for operators: a pause of this request id is on its way through the supervisor. Nothing is
 * handed on from then; what the supervisor says takes its place. Takes a {@link StandBy}, answers {@link PartitionAnswer}.
 */
export const STAND_BY = 'stand-by';

export interface StandBy extends OperatorNote {
  requestId: string;
}

/** A pause that a partition expects, with the ISO time at which it does so no more. */
export interface StandingBy {
  requestId: string;
  hold: Hold;
  until: string;
}

/** What a supervisor answers of a partition that it did not ask. */
export const TOLD = 'told';

/** Argument of `stop-at`. */
export interface StopAt extends Message {
  /** Nothing from this offset on is read. */
  offset: OffsetString;
}

/** Argument of `accept-gap`: for partitions halted with `offset_out_of_range` or `batch_unreadable`. */
export interface AcceptGap extends Message {
  /** The end of the missing range as the operator saw it; when more is missing by then, the partition halts again. */
  to?: OffsetString | undefined;
}

/** Argument of `rebind`: for partitions halted with `topic_recreated`. */
export interface Rebind extends Message {
  /** True when it is the same topic after all and only its commits are gone: the generation stays. */
  keep?: boolean | undefined;
}

/** Arguments by name of the message. */
export interface MessageArguments {
  pause: Pause;
  resume: Message;
  drain: Message;
  'stop-at': StopAt;
  'accept-gap': AcceptGap;
  rebind: Rebind;
}

/** A message as it was read: sound, and of this name. */
export type ReadMessage = { [Name in MessageName]: { name: Name } & MessageArguments[Name] }[MessageName];

/** How many messages came, by signal and by update; an update that was refused is none. */
export interface MessageCounts {
  received: number;
  /** Of those, the ones whose request id had been seen. */
  duplicates: number;
  /** Of those, the ones that changed nothing because they could not be read, or did not fit the state. */
  ignored: number;
  /** The last one of these. */
  lastIgnored?: { name: string; why: string; at: string } | undefined;
}

/** What is carried of the messages through continue-as-new. */
export interface MessageMemory extends MessageCounts {
  /** Hashes of the last request ids, oldest first. */
  seen: string[];
}

/** What a partition answers its supervisor, or a supervisor the caller, about one partition. */
export interface PartitionAnswer {
  partition: number;
  /** A partition status, or `unreachable` when it did not answer in time: it may still follow. */
  status: string;
  /** Why the partition did not take the message. */
  refused?: string | undefined;
}

/** Answer of an update. */
export interface MessageResult {
  requestId?: string | undefined;
  /** True when the request id had been seen: nothing was changed. */
  duplicate: boolean;
  partitions: PartitionAnswer[];
}
