import type { KafkaPartition, StoredLetter } from './compare';

/** The letters of a dead-letter topic, every copy of them. */
export function lettersOf(topic: KafkaPartition[]): StoredLetter[] {
  return topic.flatMap(({ records }) =>
    records.map(({ key, value, headers = {} }) => ({
      key: key?.toString() ?? '',
      value,
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, [text].flat().join()])),
    })),
  );
}
