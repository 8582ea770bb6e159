import type { CheckedTopic } from './cli/verbs/config';
import { loadConfig, type Config } from './config';
import { readRedaction } from './redaction-settings';
import { loadTopics } from './topics/load-topics';
import { hashOf } from './workers/rules-hash';

/**
 * What a worker would make of a pipeline file, over the other settings of its environment.
 *
 * @throws ConfigError, PipelineFileError: with a line for each problem
 */
export async function describePipelineFile(
  file: string,
  env: Record<string, string | undefined>,
): Promise<CheckedTopic[]> {
  const { topics } = await loadTopics(loadConfig({ ...env, PIPELINE_FILE: file }));
  return topics.map(describeTopic);
}

function describeTopic(config: Config): CheckedTopic {
  const { kafka, elasticsearch, redaction } = config;
  return {
    topic: kafka.topic,
    index_prefix: elasticsearch.indexPrefix,
    dead_letter_topic: kafka.deadLetterTopic,
    formats: kafka.formats,
    redaction: readRedaction(redaction).rules,
    retention_days: elasticsearch.retentionDays,
    dead_letter_retention_days: elasticsearch.deadLetterRetentionDays,
    rules_hash: hashOf(config),
  };
}
