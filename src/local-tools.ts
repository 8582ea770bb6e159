import { loadConfig } from './config';
import { createExplain, type Explanation } from './explain/explain-record';
import { registerCodecs } from './kafka/codecs';
import { createKafka } from './kafka/client';
import { openTopicProducer, type TopicProducer } from './kafka/message-producer';
import { createLogger } from './logger';
import { createRecordHash } from './workers/record-hash';
import { createRedactor } from './redaction/redactor';
import { readRedaction } from './redaction-settings';
import { loadTopics } from './topics/load-topics';

/** What the command does itself, with the settings of its environment, where no API can do it. */
export interface LocalTools {
  /** What is meant where nothing else is named. */
  topic: string;
  brokers: readonly string[];
  /** @throws PipelineError as {@link openTopicProducer} */
  openProducer: (to: { topic: string; brokers?: readonly string[]; key?: string }) => Promise<TopicProducer>;
  /**
   * Tells what the pipeline would make of a record's bytes, were they sent now.
   *
   * @param formats names of formats that the topic takes; those of the settings by default
   */
  createExplain: (formats?: readonly string[]) => (value: Buffer) => Explanation;
}

/** Of a pipeline file the first topic is meant. @throws ConfigError, PipelineFileError */
export async function openLocalTools(env: NodeJS.ProcessEnv): Promise<LocalTools> {
  const { topics } = await loadTopics(loadConfig(env));
  const config = topics[0]!;
  const redaction = readRedaction(config.redaction);
  const hash = await createRecordHash(createRedactor(redaction));
  return {
    topic: config.kafka.topic,
    brokers: config.kafka.brokers,
    async openProducer({ topic, brokers = config.kafka.brokers, key }) {
      await registerCodecs();
      // What kafkajs says of its tries is for a log; the command says what came of them.
      const kafka = createKafka({ ...config.kafka, brokers, clientId: 'sluice-send' }, createLogger('send', 'silent'));
      return openTopicProducer(kafka, topic, key);
    },
    createExplain(formats = config.kafka.formats) {
      const explain = createExplain({ formats, redaction, rules: config.scoring, hash });
      return (value) => explain(value, Date.now());
    },
  };
}
