import type { ReconcileResult } from '../activities/reconcile-partitions';
import type {
  Epoch,
  Hold,
  MirroredHolds,
  Orders,
  ReadMessage,
  SupervisorInput,
  SupervisorState,
  WorkerSettings,
} from './contract';
import { holdOf } from './holds';
import { MessageLog } from './message-log';
import { MessageError } from './read-message';

const WANTED = { pause: 'paused', drain: 'draining', 'stop-at': 'running up to an offset' } as const;

/** What is wanted of a topic, without any of Temporal but its clock. */
export class TopicState {
  readonly topic: string;
  readonly messages: MessageLog;
  revision: number;
  partitions: number[];
  topicId: string | undefined;
  epoch: Epoch;
  /** Set when an operator has resumed and the partitions have not been told. */
  retryHalted = false;
  /** Request id of the last pause of the topic. */
  answers: string | undefined;
  #settings: WorkerSettings;
  #hold: Hold | undefined;

  constructor(input: SupervisorInput) {
    this.topic = input.topic;
    this.messages = new MessageLog(input.messages);
    this.revision = input.revision;
    this.partitions = input.partitions;
    this.topicId = input.topicId;
    this.epoch = input.epoch;
    this.#settings = input.settings;
    // A run of before knows only pauses.
    this.#hold = input.hold ?? (input.paused ? { kind: 'pause', since: '', ...input.note } : undefined);
  }

  /** The wanted state in a word. */
  get wanted(): string {
    return this.#hold ? WANTED[this.#hold.kind] : 'running';
  }

  /** Takes the settings of the newest worker; other rules raise the epoch. */
  configure(settings: WorkerSettings): void {
    const { rulesHash } = settings;
    if (JSON.stringify(settings) === JSON.stringify(this.#settings) && rulesHash === this.epoch.rulesHash) return;
    if (rulesHash !== this.epoch.rulesHash) this.epoch = { number: this.epoch.number + 1, rulesHash };
    this.#settings = settings;
    this.#changed();
  }

  /** @throws MessageError for a partition that the topic does not have */
  check({ partition }: ReadMessage): void {
    const { topic, partitions } = this;
    // Before the first look at the topic nothing can be said; a message to nobody is kept until there is somebody.
    if (partition === undefined || partitions.length === 0 || partitions.includes(partition)) return;
    throw new MessageError(
      'unknown_partition',
      `topic ${topic} has no partition ${partition}; it has ${partitions.join(', ')}`,
    );
  }

  /** Follows what concerns the whole topic; false for what its partitions are to follow. */
  follow(message: ReadMessage): boolean {
    if (message.partition !== undefined) return false;
    switch (message.name) {
      case 'pause':
        this.answers = message.requestId;
        this.#hold = holdOf(message);
        break;
      case 'drain':
      case 'stop-at':
        this.#hold = holdOf(message);
        break;
      case 'resume':
        this.#hold = undefined;
        this.retryHalted = true;
        break;
      default:
        return false;
    }
    this.#changed();
    return true;
  }

  /** Takes what a look at the topic has found. */
  found({ partitions, topicId }: ReconcileResult): void {
    this.partitions = partitions;
    this.topicId = topicId;
  }

  /** What the partitions are told. */
  orders(retryHalted = false): Orders {
    const { revision, epoch, answers } = this;
    return { revision, ...this.#held, epoch, settings: this.#settings, retryHalted, answers };
  }

  /** The whole state, as the argument of the next run. */
  get input(): SupervisorInput {
    const { topic, epoch, revision, partitions, topicId } = this;
    return {
      ...{ topic, epoch, revision, partitions, topicId },
      settings: this.#settings,
      ...this.#held,
      messages: this.messages.memory,
    };
  }

  /** The answer to the `state` query. */
  get view(): SupervisorState {
    return { ...this.input, messages: this.messages.counts };
  }

  /** What is to be known of the holds when this run is no more. */
  get noted(): MirroredHolds {
    return { revision: this.revision, topic: this.#hold };
  }

  /** When the pause ends by itself. */
  get expiresAt(): string | undefined {
    return this.#hold?.expiresAt;
  }

  expire(): void {
    this.#hold = undefined;
    this.#changed();
  }

  get #held(): Pick<Orders, 'hold' | 'paused' | 'note'> {
    const hold = this.#hold;
    const paused = hold?.kind === 'pause';
    return { hold, paused, note: paused ? { reason: hold.reason, actor: hold.actor } : undefined };
  }

  /** By the clock, so that a supervisor that was started anew is not taken for an older one. */
  #changed(): void {
    this.revision = Math.max(this.revision + 1, Date.now());
  }
}
