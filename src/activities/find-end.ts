import { PipelineError } from '../domain/errors';
import { formatOffset, type OffsetString } from '../domain/offsets';
import type { TopicView } from './ports';

export interface FindEndInput {
  topic: string;
  partition: number;
}

/**
 * Where a drain ends: the high watermark of the partition now. Records of a transaction that is still open count: they
 * stand in Kafka.
 */
export function createFindEnd(deps: { topics: TopicView }) {
  return async function findEnd({ topic, partition }: FindEndInput): Promise<OffsetString> {
    const ends = await deps.topics.ends(topic).catch((error: unknown) => {
      if (error instanceof PipelineError) throw error;
      throw new PipelineError('kafka_unavailable', 'the end of the partition cannot be read', { cause: error });
    });
    const end = ends.get(partition);
    if (!end) throw new PipelineError('topic_missing', `topic ${topic} has no partition ${partition}`);
    return formatOffset(end.high);
  };
}
