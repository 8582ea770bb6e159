import { z } from 'zod';
import 'zod-openapi';

/** Schemas of the pipeline routes. */

const count = z.int().min(0);
const offset = z.string().regex(/^\d+$/).meta({ description: 'A Kafka offset, as a decimal string.' });

const fates = {
  indexed: count,
  duplicate: count,
  dead_lettered: count,
  filtered: count,
  lost_upstream: count,
  void: count,
};

/** The most serious first. */
export const PIPELINE_STATES = [
  'halted',
  'stopped',
  'blocked',
  'retrying',
  'throttled',
  'waiting',
  'suspended',
  'absent',
  'unreachable',
  'pausing',
  'draining',
  'paused',
  'running',
] as const;

const temporalPause = z
  .strictObject({
    of: z.enum(['workflow', 'activity']),
    activity: z.string().optional(),
    activity_id: z.string().optional(),
    since: z.string().optional(),
    reason: z.string().optional(),
    actor: z.string().optional(),
  })
  .nullable()
  .meta({
    description:
      "What `temporal workflow pause` or `temporal activity pause` holds; only the same tool's unpause ends it. Null when nothing is.",
  });

const partitionSchema = z.strictObject({
  partition: z.int().min(0),
  state: z.string().meta({
    description:
      '`running`; `throttled: code` (Elasticsearch takes less), `blocked: code` (a setting, a right or a full disk), ' +
      '`retrying: code` (a server is away) or `waiting: code (attempt n)` (not told yet which), all of which end by ' +
      'themselves; `halted: code` (a person decides), `suspended: what, reason` (paused by Temporal itself, see temporal_pause), ' +
      '`draining: reason`, `pausing: reason`, `paused: reason`, `stopped: how`, `absent` ' +
      '(no such workflow) or `unreachable` (no worker or no Temporal answered).',
  }),
  source: z.enum(['workflows', 'commits', 'none']).meta({ description: 'Where the offsets and counts come from.' }),
  next_offset: offset.nullable(),
  end_offset: offset.nullable(),
  lag: count.nullable(),
  counts: z.strictObject(fates).nullable().meta({ description: 'How many offsets met each fate.' }),
  documents: count.nullable().meta({ description: 'Documents of these offsets: a message may hold several logs.' }),
  balanced: z.boolean().nullable().meta({ description: 'True when the fates add up to the offsets passed.' }),
  committed_offset: offset.nullable(),
  last_error: z.strictObject({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
  gap: z.strictObject({ from: offset, to: offset }).nullable().meta({
    description:
      'Offsets that Kafka has deleted unread, or that cannot be read, `to` not included; POST /pipeline/accept-gap goes on.',
  }),
  hold: z
    .strictObject({
      kind: z.enum(['pause', 'drain', 'stop-at']),
      since: z.string(),
      reason: z.string().optional(),
      actor: z.string().optional(),
      expires_at: z.string().optional(),
      offset: offset.optional(),
    })
    .nullable()
    .meta({ description: 'The order that keeps it from going on, or will at `offset`; null when there is none.' }),
  temporal_pause: temporalPause,
  batch_limits: z
    .strictObject({ max_records: count, max_bytes: count })
    .nullable()
    .meta({ description: 'Limits of the next batch; they shrink while Elasticsearch takes less, and grow back.' }),
  workflow_id: z.string(),
  workflow_url: z.string(),
});

export const pipelineSchema = z
  .strictObject({
    topic: z.string(),
    state: z.enum(PIPELINE_STATES).meta({
      description:
        'The most serious state of any partition; `suspended` also while all run and Temporal has paused the supervisor.',
    }),
    source: z.enum(['workflows', 'commits', 'none']),
    note: z
      .string()
      .nullable()
      .meta({ description: 'What could not be asked, and what the figures are from instead.' }),
    workflow_id: z.string(),
    workflow_url: z.string(),
    temporal_pause: temporalPause,
    partitions: z.array(partitionSchema),
    totals: z.strictObject({
      produced: count.nullable().meta({ description: 'Sum of the end offsets; null when Kafka did not answer.' }),
      lag: count.nullable(),
      ...fates,
      documents: count,
    }),
  })
  .meta({ id: 'Pipeline' });

export type PartitionView = z.output<typeof partitionSchema>;
export type PipelineView = z.output<typeof pipelineSchema>;
export type TemporalPauseView = PartitionView['temporal_pause'];
