import { path, setting } from './setting';

/** Where several topics are described. */
export const pipelineFileSetting = setting(
  'PIPELINE_FILE',
  path,
  'YAML or JSON file that describes the topics, instead of KAFKA_TOPIC, KAFKA_DEAD_LETTER_TOPIC and INDEX_PREFIX; the others are its defaults.',
);
