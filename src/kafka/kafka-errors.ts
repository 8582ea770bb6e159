import { KafkaJSError } from 'kafkajs';

/** True when a broker answered that it knows no such topic. */
export function isTopicMissing(error: unknown): boolean {
  if (!(error instanceof KafkaJSError)) return false;
  const { type } = error as KafkaJSError & { type?: string };
  return type === 'UNKNOWN_TOPIC_OR_PARTITION' || isTopicMissing(error.cause);
}
