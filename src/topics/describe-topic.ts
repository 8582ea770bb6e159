import type { Config } from '../config';
import { readRedaction } from '../redaction-settings';
import { RULE_NAMES } from './schema';

/** A topic's whole configuration as a pipeline file has it, defaults filled in. No secret: of the key only whether there is one. */
export function describeTopic({ kafka, elasticsearch, redaction, scoring, pipeline }: Config): Record<string, unknown> {
  const { rules, fields, key } = readRedaction(redaction);
  return {
    topic: kafka.topic,
    index_prefix: elasticsearch.indexPrefix,
    dead_letter_topic: kafka.deadLetterTopic,
    formats: [...kafka.formats],
    ...(kafka.oldestDay === undefined ? {} : { oldest_day: kafka.oldestDay }),
    retention_days: elasticsearch.retentionDays,
    dead_letter_retention_days: elasticsearch.deadLetterRetentionDays,
    redaction: { rules: [...rules], fields: [...fields], keyed: key !== undefined },
    scoring: Object.fromEntries(Object.entries(RULE_NAMES).map(([name, rule]) => [name, scoring[rule]])),
    batch: { max_records: pipeline.maxRecords, max_bytes: pipeline.maxBytes, linger_ms: pipeline.lingerMs },
  };
}
