import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { partitionWorkflowId, SIGNALS, TOLD, type Orders, type PartitionAnswer, type ReadMessage } from './contract';
import { PartitionAnswers } from './partition-answers';
import { MessageError } from './read-message';
import type { TopicState } from './topic-state';

/** Messages kept for partitions that are not running. */
const MAX_UNDELIVERED = 64;

/** What the supervisor tells its partitions: the orders of the topic, and messages meant for them. */
export class PartitionOrders {
  readonly answers = new PartitionAnswers();
  /** The revision each partition was told last. */
  readonly #told = new Map<number, number>();
  #passing: ReadMessage[] = [];
  /** Messages to partitions that were not running; each names its partition. */
  #undelivered: ReadMessage[];

  constructor(
    private readonly state: TopicState,
    undelivered: ReadMessage[] = [],
  ) {
    this.#undelivered = undelivered;
  }

  get hasMessages(): boolean {
    return this.#passing.length > 0;
  }

  get undelivered(): ReadMessage[] {
    return this.#undelivered;
  }

  /** Tells every partition that has not heard it what is wanted now. */
  async tell(): Promise<void> {
    const orders = this.state.orders(this.state.retryHalted);
    this.state.retryHalted = false;
    const behind = this.state.partitions.filter((partition) => this.#told.get(partition) !== orders.revision);
    await Promise.all(behind.map((partition) => this.#tell(partition, orders)));
  }

  /** Takes a message that partitions are to follow. */
  pass(message: ReadMessage): void {
    this.#passing.push(message);
  }

  /** Passes on what was taken. */
  async passOn(): Promise<void> {
    for (let message = this.#passing.shift(); message; message = this.#passing.shift()) {
      const passed = message;
      await Promise.all(this.#named(passed).map((partition) => this.#deliver(partition, passed)));
    }
  }

  /** Workflows of these partitions were started with the orders of `revision`. */
  started(partitions: readonly number[], revision: number): void {
    for (const partition of partitions) this.#told.set(partition, revision);
    if (partitions.length === 0) return;
    this.#passing.push(...this.#undelivered);
    this.#undelivered = [];
  }

  /**
   * Tells the partitions what the message has changed, or passes it on, at once, and waits for what they say. Those that
   * its sender has told to stand by are told in passing, and not asked.
   *
   * @throws MessageError not_halted when no partition has taken it
   */
  async answerTo(message: ReadMessage, duplicate: boolean): Promise<PartitionAnswer[]> {
    const named = this.#named(message);
    // One that was seen before changes nothing: they must hear that no pause is to come.
    if (duplicate && message.name === 'pause') this.state.answers = message.requestId;
    const told = !duplicate && message.name === 'pause' ? named.filter((one) => message.told?.includes(one)) : [];
    if (told.length === 0) return this.#ask(message, named, duplicate);
    const others = named.filter((one) => !told.includes(one));
    const asked = others.length === 0 ? [] : await this.#ask(message, others, duplicate);
    return [...told.map((partition) => ({ partition, status: TOLD })), ...asked].sort(
      (a, b) => a.partition - b.partition,
    );
  }

  async #ask(message: ReadMessage, named: readonly number[], duplicate: boolean): Promise<PartitionAnswer[]> {
    const index = this.#passing.indexOf(message);
    if (index >= 0) this.#passing.splice(index, 1);
    const orders = this.state.orders(this.state.retryHalted);
    const answers = await this.answers.ask(named, (partition, ask) =>
      index >= 0 ? this.#deliver(partition, { ...message, ask }) : this.#tell(partition, { ...orders, ask }),
    );
    const [first] = answers;
    if (!duplicate && first && answers.every(({ refused }) => refused !== undefined)) {
      throw new MessageError('not_halted', first.refused!);
    }
    return answers;
  }

  #named({ partition }: ReadMessage): readonly number[] {
    return partition === undefined ? this.state.partitions : [partition];
  }

  async #tell(partition: number, orders: Orders): Promise<boolean> {
    this.#told.set(partition, orders.revision);
    try {
      await this.#handle(partition).signal(SIGNALS.configure, orders);
      return true;
    } catch {
      // A partition that is not running is started with these orders by the next look at the topic.
      this.#told.delete(partition);
      return false;
    }
  }

  async #deliver(partition: number, { name, ...order }: ReadMessage): Promise<boolean> {
    try {
      await this.#handle(partition).signal(name, { ...order, partition: undefined });
      return true;
    } catch {
      if (order.partition !== undefined && this.#undelivered.length < MAX_UNDELIVERED) {
        this.#undelivered.push({ name, ...order, ask: undefined } as ReadMessage);
      }
      return false;
    }
  }

  #handle(partition: number) {
    return getExternalWorkflowHandle(partitionWorkflowId(this.state.topic, partition));
  }
}
