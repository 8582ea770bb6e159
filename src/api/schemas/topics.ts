import { z } from 'zod';

const hash = z
  .string()
  .meta({ description: 'Hash of the rules: formats, scoring, redaction, version and index prefix.' });
const configuration = z
  .record(z.string(), z.unknown())
  .meta({ description: 'Of the topic, as a pipeline file has it, defaults filled in. Never a secret.' });

/** What there is, and whether it is in force. */
export const topicsSchema = z.object({
  file: z
    .string()
    .nullable()
    .meta({ description: 'The pipeline file; null where the environment describes the topic.' }),
  problem: z
    .string()
    .nullable()
    .meta({ description: 'Why the file as it is now is not the one in force; null when it is.' }),
  topics: z.array(
    z.object({
      topic: z.string(),
      first: z.boolean().meta({ description: 'Whether it is meant where a request names none.' }),
      rules_hash: hash,
      epoch: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'Of batches that are pulled now; null when nobody tells.' }),
      in_force: z
        .boolean()
        .nullable()
        .meta({ description: 'Whether the pipeline works with these rules; null when nobody tells.' }),
      configuration,
    }),
  ),
});

/** With what the documents of each epoch are made. */
export const epochsSchema = z.object({
  topic: z.string(),
  epochs: z.array(
    z.object({
      epoch: z.number().int(),
      rules_hash: hash,
      recorded_at: z.string().meta({ description: 'When the first worker wrote under it, ISO 8601.' }),
      configuration,
    }),
  ),
});

const example = {
  topic: 'logs',
  index_prefix: 'logs',
  dead_letter_topic: 'logs.dead-letters',
  formats: ['auto'],
  retention_days: 7,
  dead_letter_retention_days: 30,
  redaction: { rules: ['card', 'field'], fields: [], keyed: false },
  scoring: { error: 40, anomaly_threshold: 50 },
  batch: { max_records: 10_000, max_bytes: 8_388_608, linger_ms: 1000 },
};
const rules = 'bb44eb24fa1b0adc';

export const topicsExample = {
  file: 'config/pipeline.yaml',
  problem: null,
  topics: [{ topic: 'logs', first: true, rules_hash: rules, epoch: 2, in_force: true, configuration: example }],
};

export const epochsExample = {
  topic: 'logs',
  epochs: [{ epoch: 2, rules_hash: rules, recorded_at: '2026-11-24T12:00:00.000Z', configuration: example }],
};
