import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/activities';
import type { CommitInput } from '../../src/activities/commit-offset';
import type { IndexInput } from '../../src/activities/index-batch';
import type { PullInput } from '../../src/activities/pull-batch';
import { noFates } from '../../src/domain/ledger';
import { uniqueQueues } from './workflow-environment';

/** The steps of a partition over a pretended topic: `records` offsets long, handed out in batches of 100. */
export class FakeSteps {
  readonly queues = uniqueQueues();
  readonly pulls: string[] = [];
  readonly indexed: string[] = [];
  readonly commits: CommitInput[] = [];
  /** What a step does before it succeeds, by name; throw to fail. */
  before: {
    pull?: (input: PullInput) => Promise<void>;
    index?: (input: IndexInput, queue: string) => Promise<void>;
    end?: () => Promise<void>;
  } = {};

  /** Documents that an earlier attempt has left in a range that Kafka lost. */
  gapDocuments = 0;

  constructor(public records: number) {}

  readonly activities: { [Name in keyof Activities]?: Activities[Name] } = {
    pullBatch: async (input) => {
      this.pulls.push(input.from);
      await this.before.pull?.(input);
      const from = Number(input.from);
      if (input.before !== undefined && from >= Number(input.before))
        return { next: input.from, queue: this.queues.own };
      while (from >= this.records) {
        // An idle partition: the pull waits until there is more, or until it is cancelled.
        Context.current().heartbeat();
        await Context.current().sleep(20);
      }
      const to = String(Math.min(from + input.limits.maxRecords, this.records, Number(input.before ?? Infinity)));
      const count = Number(to) - from;
      const { topic, generation, partition } = input;
      return {
        ref: { topic, generation, partition, from: input.from, to, count, bytes: count * 100 },
        next: to,
        queue: this.queues.own,
      };
    },
    scoreBatch: async ({ ref }) => ({ scored: ref.count, rejected: 0, filtered: 0, anomalies: 0 }),
    indexBatch: async (input) => {
      await this.before.index?.(input, Context.current().info.taskQueue);
      this.indexed.push(`${input.ref.from}-${input.ref.to}`);
      return { fates: { ...noFates(), indexed: input.ref.count } };
    },
    accountGap: async ({ from, to }) => {
      const length = Number(to) - Number(from);
      return { ...noFates(), duplicate: this.gapDocuments, lostUpstream: length - this.gapDocuments };
    },
    findEnd: async () => {
      await this.before.end?.();
      return String(this.records);
    },
    commitOffset: async (input) => {
      this.commits.push(input);
    },
  };
}

/** A failure as `asFailures` makes it. */
export function failure(
  type: string,
  options: { nonRetryable?: boolean; details?: unknown[] } = {},
): ApplicationFailure {
  return ApplicationFailure.create({ type, message: `${type} happened`, ...options });
}
