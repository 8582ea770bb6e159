import { z } from 'zod';
import { FORMAT_NAMES } from '../formats/names';
import { redactionFields, redactionRules } from '../redaction-settings';
import type { ScoringRules } from '../scoring/rules';
import { indexPrefix, MIB, SECOND, topic, wholeNumber } from '../setting';

/**
 * What a pipeline file may say. Everything is optional but a topic's name: what neither the topic nor `defaults` says is as
 * the environment has it. The JSON schema that editors read is made of this one.
 */

/** An object that takes only these names, and says so. */
function section<S extends z.ZodRawShape>(shape: S, about: string) {
  const allowed = Object.keys(shape).join(', ');
  return z
    .strictObject(shape, {
      error: ({ code }) => (code === 'unrecognized_keys' ? `there is no such name; there are ${allowed}` : undefined),
    })
    .describe(about);
}

const points = (about: string) => wholeNumber(0, 100).optional().describe(`${about}, 0 to 100.`);
const threshold = (about: string) => wholeNumber(1, 100).optional().describe(`${about} from this score on.`);
const milliseconds = (about: string) =>
  wholeNumber(1, 3600 * SECOND)
    .optional()
    .describe(`${about}, in milliseconds.`);
const days = (about: string) => wholeNumber(1, 36_500).optional().describe(about);

/** The scoring rules by their names in the file. */
const scoring = {
  fatal: points('Points for level fatal'),
  error: points('Points for level error'),
  warn: points('Points for level warn'),
  server_error: points('Points for a status code of 500 and above'),
  client_error: points('Points for a status code from 400 to 499'),
  slow: points('Points for a slow response'),
  very_slow: points('Points for a very slow response'),
  error_code: points('Points for an error code'),
  slow_ms: milliseconds('A response is slow from here on'),
  very_slow_ms: milliseconds('A response is very slow from here on'),
  anomaly_threshold: threshold('A record is an anomaly'),
  low: threshold('Severity low'),
  medium: threshold('Severity medium'),
  high: threshold('Severity high'),
  critical: threshold('Severity critical'),
};

/** Names of the file and of the rules. */
export const RULE_NAMES = {
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  server_error: 'serverError',
  client_error: 'clientError',
  slow: 'slow',
  very_slow: 'verySlow',
  error_code: 'errorCode',
  slow_ms: 'slowMs',
  very_slow_ms: 'verySlowMs',
  anomaly_threshold: 'anomalyThreshold',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
} as const satisfies Record<keyof typeof scoring, keyof ScoringRules>;

/** What may stand in `defaults` and in a topic. */
const common = {
  formats: z
    .array(z.enum(FORMAT_NAMES, `must be ${FORMAT_NAMES.join(', ')}`))
    .min(1)
    .optional()
    .describe('Formats its records may have: `auto` is every JSON format, `text` every text format and plain text.'),
  partitions: wholeNumber(1, 10_000).optional().describe('Partitions the topic is created with.'),
  retention_days: days('Whole days an index is kept after its own day.'),
  dead_letter_retention_days: days('The same for dead letters.'),
  oldest_day: z.iso
    .date()
    .optional()
    .describe('Allows a topic with CreateTime; records of before this UTC day go to one index.'),
  redaction: section(
    {
      rules: redactionRules
        .min(1)
        .optional()
        .describe('`secrets` is all but `email` and `ip`; `none` takes out nothing.'),
      fields: redactionFields
        .optional()
        .describe('Further fields whose values are redacted: names, or paths with points.'),
    },
    'What is taken out of records. The key stays in the environment.',
  ).optional(),
  scoring: section(scoring, 'Points and thresholds.').optional(),
  batch: section(
    {
      max_records: wholeNumber(1, 50_000).optional().describe('Records in a micro-batch, at most.'),
      max_bytes: wholeNumber(64 * 1024, 64 * MIB)
        .optional()
        .describe('Bytes in a micro-batch, at most.'),
      linger_ms: wholeNumber(0, 60 * SECOND)
        .optional()
        .describe('How long the first record of a batch waits for company; at the end of a backlog 300 ms at most.'),
    },
    'Limits of a batch.',
  ).optional(),
};

const topicEntry = section(
  {
    topic: topic.describe('Its name in Kafka.'),
    index_prefix: indexPrefix.optional().describe("Indices are named PREFIX-YYYY.MM.DD; the topic's name by default."),
    dead_letter_topic: topic.optional().describe('Topic for its rejected records; NAME.dead-letters by default.'),
    ...common,
  },
  'A topic.',
);

export const MAX_TOPICS = 100;

/** The whole file. */
export const pipelineFile = section(
  {
    $schema: z.string().optional().describe('Address of this schema, for editors.'),
    defaults: section(common, 'What holds for every topic that does not say otherwise.').optional(),
    topics: z
      .array(topicEntry)
      .min(1, 'at least one topic is wanted')
      .max(MAX_TOPICS, `at most ${MAX_TOPICS} topics`)
      .describe('The topics. The first one is meant where a request to the API names none.'),
  },
  'The topics of a Sluice pipeline.',
);

export type PipelineFile = z.output<typeof pipelineFile>;
export type TopicEntry = PipelineFile['topics'][number];
export type CommonPart = NonNullable<PipelineFile['defaults']>;

/** The JSON schema of a pipeline file, as text. */
export function pipelineFileSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(pipelineFile, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ $schema, title: 'Pipeline file of Sluice', ...schema }, null, 2)}\n`;
}
