import { z } from 'zod';
import 'zod-openapi';
import { REPLAY_MODES, REPLAY_STATUSES } from '../../domain/replay';
import { SCORE_BUCKETS } from '../../domain/shadow';
import { ruleSettings } from '../../rule-settings';
import type { ScoringRules } from '../../scoring/rules';
import { time } from './log-filters';
import { wholeNumber } from './log-queries';

/** Schemas of the replay routes. */

const count = z.int().min(0);
const offset = z.string().regex(/^\d{1,16}$/, 'must be a Kafka offset, as a decimal string');
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** One rule, by the bounds of its setting. */
function rule({ schema, about }: (typeof ruleSettings)[keyof ScoringRules]) {
  return z
    .int()
    .superRefine((value, context) => {
      const { error } = schema.safeParse(value);
      for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .meta({ description: about });
}

const ruleNames = Object.keys(ruleSettings) as (keyof ScoringRules)[];
const rules = z
  .strictObject(Object.fromEntries(ruleNames.map((name) => [snake(name), rule(ruleSettings[name])])))
  .refine((given) => Object.keys(given).length > 0, 'must name at least one rule')
  .transform((given): Partial<ScoringRules> =>
    Object.fromEntries(
      ruleNames.flatMap((name) => (given[snake(name)] === undefined ? [] : [[name, given[snake(name)]]])),
    ),
  );

export const replayBody = z
  .strictObject({
    mode: z.enum(REPLAY_MODES).meta({
      description:
        '`repair`: writes what is missing and changes nothing else. `rescore`: writes every record again under the ' +
        'newest epoch. `shadow`: scores with other rules, compares, and writes nothing.',
    }),
    dry_run: z.boolean().default(false).meta({ description: 'Only counts what is there.' }),
    partitions: z
      .array(z.int().min(0).max(9999))
      .min(1)
      .max(1000)
      .refine((all) => new Set(all).size === all.length, 'must not name a partition twice')
      .optional()
      .meta({ description: 'All of the topic by default.' }),
    from: offset.optional().meta({ description: 'First offset, in each partition.' }),
    to: offset.optional().meta({ description: 'First offset that is left out again.' }),
    from_time: time.meta({ description: 'Records that Kafka stamped then or later: ISO 8601 or `now-1h`.' }),
    to_time: time.meta({ description: 'Records that Kafka stamped before.' }),
    records_per_second: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({ description: 'Cap over all partitions; none by default.' }),
    rules: rules.optional().meta({ description: 'Shadow: the rules that differ from those in force.' }),
    reason: z.string().trim().min(1).max(500).optional(),
    actor: z.string().trim().min(1).max(100).default('api'),
    request_id: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .meta({ description: 'Sent again, it names the replay that it made, and starts none.' }),
  })
  .superRefine(({ mode, rules: changed, from, to }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (mode === 'shadow' && !changed) refuse('rules', 'a shadow needs the rules to compare with');
    if (mode !== 'shadow' && changed) refuse('rules', 'only a shadow takes rules: workers have those in force');
    if (from !== undefined && to !== undefined && Number(from) > Number(to)) refuse('from', 'must not lie behind to');
  })
  .meta({
    id: 'ReplayOrder',
    example: { mode: 'repair', partitions: [0], from: '1000', records_per_second: 2000, actor: 'on-call' },
  });

export const replayId = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .meta({ description: 'As POST /replays gave it.', example: '20261124-101500-3f9a1c' }),
});
export const replaysQuery = z.object({
  size: wholeNumber(1, 200).default(50).meta({ description: 'The newest so many.', example: 50 }),
});

const workflow = { workflow_id: z.string(), workflow_url: z.string() };
export const replayStartedSchema = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    duplicate: z.boolean().meta({ description: 'True when its request id had been seen.' }),
    ...workflow,
  })
  .meta({ id: 'ReplayStarted' });

const status = z.enum([...REPLAY_STATUSES, 'stopped']).meta({
  description: '`stopped`: its workflow was ended by hand or is lost; `resume` lets it go on.',
});
const findings = z
  .strictObject({
    offsets: count.meta({ description: 'In the ranges: as many records, unless Kafka holds none at some.' }),
    documents: count,
    dead_letters: count,
    expired: count.meta({ description: 'Of days that are not kept any more; by Kafka’s time index.' }),
    missing: count.meta({ description: 'The rest: a record that is missing, a tombstone, or no record at all.' }),
    gone: count.meta({ description: 'Asked for, but Kafka has deleted them, or cannot be read there any more.' }),
    beyond: count.meta({ description: 'Asked for, but the pipeline has not reached them: never touched.' }),
  })
  .meta({ id: 'ReplayFindings' });
const counts = z
  .strictObject({
    written: count,
    present: count.meta({ description: 'The document was there; after a crash also what the lost attempt wrote.' }),
    dead_lettered: count,
    filtered: count,
    expired: count,
    gone: count,
    void: count,
    missing: count.meta({ description: 'Shadow: no document to compare with.' }),
  })
  .meta({ id: 'ReplayCounts', description: 'Sums up to the offsets that are done.' });
const buckets = z.array(count).length(SCORE_BUCKETS);
const shadow = z
  .strictObject({
    compared: count,
    gained: count.meta({ description: 'Would become anomalies.' }),
    lost: count.meta({ description: 'Would not be anomalies any more.' }),
    rescored: count.meta({ description: 'Their score would differ.' }),
    scores: z.strictObject({ before: buckets, after: buckets }).meta({
      description: 'Records by score: 0 to 9, 10 to 19 and so on; the last one is 100.',
    }),
    examples: z.array(
      z.strictObject({
        id: z.string(),
        before: count,
        after: count,
        change: z.enum(['gained', 'lost']),
        rules: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'ShadowReport' });
const problem = z.strictObject({ code: z.string(), message: z.string() });

export const replaySchema = z
  .strictObject({
    id: z.string(),
    mode: z.enum(REPLAY_MODES),
    dry_run: z.boolean(),
    status,
    ordered_at: z.string(),
    actor: z.string(),
    reason: z.string().nullable(),
    request_id: z.string().nullable(),
    scope: z.strictObject({
      partitions: z.array(count).nullable(),
      from: offset.nullable(),
      to: offset.nullable(),
      from_time: z.string().nullable(),
      to_time: z.string().nullable(),
      records_per_second: z.number().nullable(),
    }),
    findings: findings.nullable().meta({ description: 'Null until it has counted.' }),
    progress: z.strictObject({
      percent: z.number().min(0).max(100).nullable(),
      done: count.meta({ description: 'Offsets that have met their fate.' }),
      total: count.nullable(),
      counts,
      records_per_second: z.number().nullable().meta({ description: 'Of late.' }),
      eta_seconds: z.number().nullable(),
      worked_seconds: z.number(),
      positions: z
        .array(z.strictObject({ partition: count, next: offset.nullable() }))
        .meta({ description: 'Of the partitions in hand; null when done.' }),
      epochs: z.array(count).meta({
        description: 'Rescore: the epochs that were written; more than one when the rules changed meanwhile.',
      }),
    }),
    shadow: shadow.nullable(),
    pause: z.strictObject({ reason: z.string().nullable(), actor: z.string().nullable() }).nullable(),
    failing: problem.nullable().meta({ description: 'Why it failed, or why a step of it is tried again.' }),
    ...workflow,
  })
  .meta({ id: 'Replay' });
export type ReplayView = z.output<typeof replaySchema>;

export const replaysSchema = z.strictObject({ replays: z.array(replaySchema) }).meta({ id: 'Replays' });

export const replayMessageSchema = z
  .strictObject({
    id: z.string(),
    status: status.meta({ description: 'As the replay says it, or as it is known when it did not answer.' }),
    acknowledged: z.boolean().meta({ description: 'False when the message was left for the next worker (202).' }),
    ...workflow,
  })
  .meta({ id: 'ReplayMessage' });

export const replayMessageBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).optional().meta({ description: 'Shown beside the state.' }),
    actor: z.string().trim().min(1).max(100).default('api'),
  })
  .meta({ id: 'ReplayMessageBody', example: { reason: 'too much for today', actor: 'on-call' } });
