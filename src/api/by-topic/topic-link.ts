import type { ApiSettings } from '../ports';

/** An address of this API as a client is told it: with the topic, where that is not meant anyway. */
export function topicLink({ topic, isFirst = true }: Pick<ApiSettings, 'topic' | 'isFirst'>, path: string): string {
  return isFirst ? path : `${path}?topic=${encodeURIComponent(topic)}`;
}
