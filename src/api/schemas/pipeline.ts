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

const partitionSchema = z.strictObject({
  partition: z.int().min(0),
  state: z.string().meta({
    description:
      '`running`, `pausing: reason`, `paused: reason`, `halted: code`, `waiting: code (attempt n)`, `stopped: how`, ' +
      '`absent` (no such workflow) or `unreachable` (no worker or no Temporal answered).',
  }),
  source: z.enum(['workflows', 'commits', 'none']).meta({ description: 'Where the offsets and counts come from.' }),
  next_offset: offset.nullable(),
  end_offset: offset.nullable(),
  lag: count.nullable(),
  counts: z.strictObject(fates).nullable().meta({ description: 'How many offsets met each fate.' }),
  balanced: z.boolean().nullable().meta({ description: 'True when the fates add up to the offsets passed.' }),
  committed_offset: offset.nullable(),
  last_error: z.strictObject({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
  workflow_id: z.string(),
  workflow_url: z.string(),
});

export const pipelineSchema = z
  .strictObject({
    topic: z.string(),
    state: z.enum(['running', 'pausing', 'paused', 'halted', 'waiting', 'stopped', 'absent', 'unreachable']).meta({
      description: 'The most serious state of any partition.',
    }),
    source: z.enum(['workflows', 'commits', 'none']),
    note: z
      .string()
      .nullable()
      .meta({ description: 'What could not be asked, and what the figures are from instead.' }),
    workflow_id: z.string(),
    workflow_url: z.string(),
    partitions: z.array(partitionSchema),
    totals: z.strictObject({
      produced: count.nullable().meta({ description: 'Sum of the end offsets; null when Kafka did not answer.' }),
      lag: count.nullable(),
      ...fates,
    }),
  })
  .meta({ id: 'Pipeline' });

export const operationBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).optional().meta({ description: 'Shown beside the state.' }),
    actor: z.string().trim().min(1).max(100).optional().meta({ description: 'Who asks; `api` by default.' }),
  })
  .meta({ id: 'Operation', example: { reason: 'index maintenance', actor: 'on-call' } });

export const acceptedSchema = z
  .strictObject({
    signal: z.enum(['pause', 'resume']),
    workflow_id: z.string(),
    workflow_url: z.string(),
    note: z.strictObject({ reason: z.string().optional(), actor: z.string() }),
  })
  .meta({ id: 'Accepted' });

export type PartitionView = z.output<typeof partitionSchema>;
export type PipelineView = z.output<typeof pipelineSchema>;
