import { loadConfig } from './config';
import { createExplain, type Explanation } from './explain/explain-record';
import { registerCodecs } from './kafka/codecs';
import { createKafka } from './kafka/client';
import { openTopicProducer, type TopicProducer } from './kafka/message-producer';
import { createLogger } from './logger';
import { createRecordHash } from './workers/record-hash';
import { TEXT_FORMAT_NAMES } from './formats/formats';
import { createRedactor } from './redaction/redactor';
import type { RedactionSettings } from './redaction/rules';
import { readRedaction } from './redaction-settings';
import { loadTopics } from './topics/load-topics';

/** What the command does itself, with the settings of its environment, where no API can do it. */
export interface LocalTools {
  /** What is meant where nothing else is named. */
  topic: string;
  brokers: readonly string[];
  /** @throws PipelineError as {@link openTopicProducer} */
  openProducer: (to: { topic: string; brokers?: readonly string[]; key?: string }) => Promise<TopicProducer>;
  /** Whether the settings let this topic take lines of text; false for a topic that they do not name. */
  takesText: (topic: string) => boolean;
  /**
   * Tells what the pipeline would make of a record's bytes, were they sent now.
   *
   * @param topic whose settings count; where they name no such topic, those of the first one
   * @param formats names of formats, instead of those that the topic takes
   */
  createExplain: (topic?: string, formats?: readonly string[]) => (value: Buffer) => Explanation;
}

/** Of a pipeline file the first topic is meant. @throws ConfigError, PipelineFileError */
export async function openLocalTools(env: NodeJS.ProcessEnv): Promise<LocalTools> {
  const { topics } = await loadTopics(loadConfig(env));
  const config = topics[0]!;
  const hasher = (redaction: RedactionSettings) => createRecordHash(createRedactor(redaction));
  const hashes = new Map(
    await Promise.all(topics.map(async (one) => [one, await hasher(readRedaction(one.redaction))] as const)),
  );
  return {
    topic: config.kafka.topic,
    brokers: config.kafka.brokers,
    async openProducer({ topic, brokers = config.kafka.brokers, key }) {
      await registerCodecs();
      // What kafkajs says of its tries is for a log; the command says what came of them.
      const kafka = createKafka({ ...config.kafka, brokers, clientId: 'sluice-send' }, createLogger('send', 'silent'));
      return openTopicProducer(kafka, topic, key);
    },
    takesText(topic) {
      const formats = topics.find((one) => one.kafka.topic === topic)?.kafka.formats ?? [];
      return formats.some((name) => name === 'text' || TEXT_FORMAT_NAMES.has(name));
    },
    createExplain(topic, formats) {
      const meant = topics.find((one) => one.kafka.topic === topic) ?? config;
      const explain = createExplain({
        formats: formats ?? meant.kafka.formats,
        redaction: readRedaction(meant.redaction),
        rules: meant.scoring,
        hash: hashes.get(meant)!,
      });
      return (value) => explain(value, Date.now());
    },
  };
}
