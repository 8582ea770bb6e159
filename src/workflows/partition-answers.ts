import { condition, uuid4 } from '@temporalio/workflow';
import type { AskedAnswer, PartitionAnswer } from './contract';

/** How long the supervisor waits for its partitions: a pause is acknowledged within a second. */
const ANSWER_WAIT_MS = 1000;

/** What partitions answer to the supervisor, while somebody waits for it. */
export class PartitionAnswers {
  readonly #waiting = new Map<string, Map<number, PartitionAnswer>>();

  /** Takes an answer; one that nobody waits for any more is dropped. */
  take({ ask, partition, status, refused }: AskedAnswer): void {
    this.#waiting.get(ask)?.set(partition, { partition, status, ...(refused === undefined ? {} : { refused }) });
  }

  /**
   * Asks partitions and waits for their answers.
   *
   * @param send passes on the question under its name; false when there is no such workflow now
   * @returns one answer per partition; `unreachable` for those that did not answer in time, `absent` for those not running
   */
  async ask(
    partitions: readonly number[],
    send: (partition: number, ask: string) => Promise<boolean>,
  ): Promise<PartitionAnswer[]> {
    const ask = uuid4();
    const answers = new Map<number, PartitionAnswer>();
    this.#waiting.set(ask, answers);
    try {
      for (const partition of partitions) {
        void send(partition, ask).then((sent) => {
          if (!sent) answers.set(partition, { partition, status: 'absent' });
        });
      }
      await condition(() => partitions.every((partition) => answers.has(partition)), ANSWER_WAIT_MS);
      return partitions.map((partition) => answers.get(partition) ?? { partition, status: 'unreachable' });
    } finally {
      this.#waiting.delete(ask);
    }
  }
}
