import type { ReadContext } from '../activities/ports';
import { PipelineError } from '../domain/errors';
import { formatOffset, type OffsetGap } from '../domain/offsets';
import { isTopicMissing, kafkaFailure } from './kafka-errors';
import type { OffsetReader, PartitionEnds } from './offsets';

/** The topic that a range is taken from, as far as whoever asks for it knows. */
export type ExpectedTopic = Pick<ReadContext, 'topicId' | 'committed'>;

/** Holds what is read against the broker: is it still the same topic, does it still have the offset. */
export interface TopicWatch {
  /**
   * Asks for the topic's id, after everything that was read before the call: what was read then is of that topic.
   * Undefined where the broker does not tell.
   *
   * @throws PipelineError topic_recreated when it is another one than expected, topic_missing, kafka_unavailable
   */
  confirm(expected: ExpectedTopic): Promise<string | undefined>;
  /**
   * Ends of a partition that is to be read from `offset` on, and the topic's id. A range that began at `start` is
   * wanted whole: where it cannot be read on, it is missing from there.
   *
   * @throws PipelineError as `confirm`; offset_out_of_range when Kafka has deleted `offset`; topic_recreated when it
   * never had it, or when nothing but the vanished commit tells that the topic is another one
   */
  endsAt(
    partition: number,
    offset: number,
    expected: ExpectedTopic,
    start?: number,
  ): Promise<PartitionEnds & { topicId: string | undefined }>;
}

export function createTopicWatch(offsets: OffsetReader, settings: { topic: string; groupId: string }): TopicWatch {
  const { topic, groupId } = settings;
  const describe = shareNext(() => offsets.describe(topic));

  async function confirm(expected: ExpectedTopic): Promise<string | undefined> {
    const found = await describe().catch(unavailable);
    if (!found) throw missing();
    if (found.id !== undefined && expected.topicId !== undefined && found.id !== expected.topicId) {
      const what = `topic ${topic} was deleted and created again: its id is ${found.id}, not ${expected.topicId}`;
      throw new PipelineError('topic_recreated', what);
    }
    return found.id;
  }

  /** Where ids do not help (an old broker, or a state from before they were kept) the commit does. */
  async function demandCommit(partition: number): Promise<void> {
    const commits = await offsets.committed(groupId, topic).catch(unavailable);
    if (commits.has(partition)) return;
    const what =
      `the commit that group ${groupId} had for partition ${partition} of topic ${topic} is gone: either the topic was ` +
      'deleted and created again, or the commits of the group expired or were deleted';
    throw new PipelineError('topic_recreated', what);
  }

  const missing = () => new PipelineError('topic_missing', `there is no topic ${topic}`);
  const unavailable = (error: unknown): never => {
    if (isTopicMissing(error)) throw missing();
    throw kafkaFailure(error, 'no broker answers');
  };

  return {
    confirm,
    async endsAt(partition, offset, expected, start = offset) {
      const id = await confirm(expected);
      if (expected.committed !== undefined && (id === undefined || expected.topicId === undefined)) {
        await demandCommit(partition);
      }
      const found = (await offsets.ends(topic).catch(unavailable)).get(partition);
      if (!found) throw new PipelineError('topic_missing', `topic ${topic} has no partition ${partition}`);
      if (offset < found.low) throw deleted(start, found.low);
      if (offset > found.high) throw behindTheEnd(offset, found.high);
      return { ...found, topicId: id };
    },
  };
}

function deleted(from: number, low: number): PipelineError {
  const gap: OffsetGap = { from: formatOffset(from), to: formatOffset(low) };
  return new PipelineError('offset_out_of_range', `Kafka has deleted offsets ${from} to ${low - 1}`, {
    details: [gap],
  });
}

/** For an offset that was read before and that the partition does not have. */
export function behindTheEnd(offset: number, end: number): PipelineError {
  const what =
    `offset ${offset} lies behind the end of its partition, ${end}: the topic was deleted and created again, or the ` +
    'brokers have lost records that they had confirmed';
  return new PipelineError('topic_recreated', what);
}

/**
 * Lets callers that come while a question is under way share the next one: an answer must not be older than the call.
 */
function shareNext<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    const mine = ask().finally(() => {
      if (running === mine) running = undefined;
    });
    running = mine;
    return mine;
  };
  return () => {
    if (!running) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
