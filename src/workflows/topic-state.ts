import type { ReconcileResult } from '../activities/reconcile-partitions';
import type {
  Epoch,
  OperatorNote,
  Orders,
  ReadMessage,
  SupervisorInput,
  SupervisorState,
  WorkerSettings,
} from './contract';
import { MessageLog } from './message-log';
import { MessageError } from './read-message';

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
  #settings: WorkerSettings;
  #paused: boolean;
  #note: OperatorNote | undefined;

  constructor(input: SupervisorInput) {
    this.topic = input.topic;
    this.messages = new MessageLog(input.messages);
    this.revision = input.revision;
    this.partitions = input.partitions;
    this.topicId = input.topicId;
    this.epoch = input.epoch;
    this.#settings = input.settings;
    this.#paused = input.paused;
    this.#note = input.note;
  }

  /** The wanted state in a word. */
  get wanted(): string {
    return this.#paused ? 'paused' : 'running';
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
        this.#paused = true;
        this.#note = { reason: message.reason, actor: message.actor };
        break;
      case 'resume':
        this.#paused = false;
        this.#note = undefined;
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
    const { revision, epoch } = this;
    return { revision, paused: this.#paused, note: this.#note, epoch, settings: this.#settings, retryHalted };
  }

  /** The whole state, as the argument of the next run. */
  get input(): SupervisorInput {
    const { topic, epoch, revision, partitions, topicId } = this;
    return {
      ...{ topic, epoch, revision, partitions, topicId },
      settings: this.#settings,
      paused: this.#paused,
      note: this.#note,
      messages: this.messages.memory,
    };
  }

  /** The answer to the `state` query. */
  get view(): SupervisorState {
    return { ...this.input, messages: this.messages.counts };
  }

  /** By the clock, so that a supervisor that was started anew is not taken for an older one. */
  #changed(): void {
    this.revision = Math.max(this.revision + 1, Date.now());
  }
}
