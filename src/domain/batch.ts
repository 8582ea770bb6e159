import type { OffsetString } from './offsets';

/**
 * A micro-batch by reference: what travels through Temporal instead of records. It covers every offset from `from`
 * up to, not including, `to`; offsets in between without a record (compacted, aborted, control) are void.
 */
export interface BatchRef {
  topic: string;
  /** How often the topic was created anew, from 1. */
  generation: number;
  /** Kafka's id of the topic that the batch was read from; absent where the broker does not tell. */
  topicId?: string | undefined;
  partition: number;
  from: OffsetString;
  to: OffsetString;
  /** Records in the range. */
  count: number;
  /** Size of their keys and values. */
  bytes: number;
  /** W3C trace context of the pull, below which the later steps' spans stand; absent while nothing is traced. */
  traceparent?: string | undefined;
}

/** When a batch is handed on: at the first limit reached. */
export interface BatchLimits {
  maxRecords: number;
  maxBytes: number;
  /** How long the first record of a batch may wait for company, at most. */
  lingerMs: number;
}

/** More than a live stream brings to one partition at once, as a rule: so much there is of a backlog. */
const LARGE = { records: 5000, bytes: 2 * 1024 * 1024 };

export function isLarge({ count, bytes }: Pick<BatchRef, 'count' | 'bytes'>): boolean {
  return count >= LARGE.records || bytes >= LARGE.bytes;
}

/** A batch's name in caches and summaries, `logs/0 120-240`. */
export function batchId(ref: Pick<BatchRef, 'topic' | 'generation' | 'partition' | 'from' | 'to'>): string {
  const generation = ref.generation === 1 ? '' : `#${ref.generation}`;
  return `${ref.topic}${generation}/${ref.partition} ${ref.from}-${ref.to}`;
}
