import { z } from 'zod';
import 'zod-openapi';

/** Schemas of the retention routes. */

const count = z.int().min(0);
const offset = z.string().regex(/^\d+$/).meta({ description: 'A Kafka offset, as a decimal string.' });
const kind = z.enum(['logs', 'dead_letters']);

export const retentionRunBody = z
  .strictObject({
    dry_run: z.boolean().default(false).meta({ description: 'Deletes nothing and only says what would go.' }),
    request_id: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/)
      .optional()
      .meta({
        description: 'Lower-case letters, digits and `-`. Asked again with the same one, nothing more is started.',
      }),
    reason: z.string().trim().min(1).max(500).optional(),
    actor: z.string().trim().min(1).max(100).optional(),
  })
  .meta({ id: 'RetentionRunOrder', example: { dry_run: true, actor: 'on-call' } });

export const retentionRunId = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .meta({ description: 'As POST /retention/runs gave it.', example: '20261124-101500-3f9a1c' }),
});

const workflow = { workflow_id: z.string(), workflow_url: z.string() };

export const retentionStartedSchema = z
  .strictObject({ id: z.string(), url: z.string(), dry_run: z.boolean(), ...workflow })
  .meta({ id: 'RetentionStarted' });

const kindReport = z.strictObject({
  oldest_kept: z.string().meta({ description: 'The oldest day that is kept.' }),
  kept_indices: count,
  expired: z.array(z.strictObject({ index: z.string(), documents: count })),
  omitted: count.meta({ description: 'Expired indices that are not named.' }),
});

export const retentionRunSchema = z
  .strictObject({
    id: z.string(),
    status: z.enum(['running', 'done', 'failed', 'cancelled']),
    started_at: z.string(),
    ended_at: z.string().nullable(),
    result: z
      .strictObject({
        ...{ dry_run: z.boolean(), at: z.string(), logs: kindReport, dead_letters: kindReport },
        merging: z
          .array(z.string())
          .nullable()
          .meta({
            description:
              'Indices of past days that Elasticsearch was asked to merge into one segment per shard; null in a dry run, or ' +
              'when that failed or is not wanted.',
          }),
      })
      .nullable()
      .meta({ description: 'What was deleted, or would be; null until it is done.' }),
    ...workflow,
  })
  .meta({ id: 'RetentionRun' });

const kept = z.strictObject({
  retention_days: count,
  oldest_kept: z.string(),
  indices: z
    .array(
      z.strictObject({
        index: z.string(),
        day: z.string(),
        documents: count,
        bytes: count,
        expires_at: z.string().meta({ description: 'From when on a run deletes it.' }),
      }),
    )
    .meta({ description: 'Oldest first: the first one goes next.' }),
});

export const retentionSchema = z
  .strictObject({
    topic: z.string(),
    missing: z.array(z.enum(['temporal', 'elasticsearch'])).meta({ description: 'What did not answer; it is null.' }),
    schedule: z
      .strictObject({
        id: z.string(),
        url: z.string(),
        paused: z.boolean(),
        note: z.string().nullable(),
        next_run_at: z.string().nullable(),
        latest_runs: z.array(z.strictObject({ workflow_id: z.string(), at: z.string() })),
      })
      .nullable()
      .meta({ description: 'Null when there is none yet: a worker makes it when it starts.' }),
    logs: kept.nullable(),
    dead_letters: kept.nullable(),
    expired: z
      .strictObject({
        partitions: z.array(
          z.strictObject({
            generation: z.int().min(1),
            partition: z.int().min(0),
            documents: count,
            letters: count,
            from: offset,
            to: offset,
          }),
        ),
        latest: z.array(
          z.strictObject({ index: z.string(), kind, day: z.string(), documents: count, expired_at: z.string() }),
        ),
      })
      .nullable()
      .meta({ description: 'What was deleted so far, between which offsets; `to` is not included.' }),
    drift: z
      .array(z.strictObject({ where: z.string(), path: z.string(), shipped: z.string(), found: z.string().nullable() }))
      .nullable()
      .meta({
        description:
          'Settings and mappings that are not as this version asks for. `new indices`: another template wins over ours; ' +
          'raise no priority above 500 for these names. An index: it was made by another version, or by hand, and stays so ' +
          'until it expires or is deleted and its records are replayed.',
      }),
    disks: z
      .array(
        z.strictObject({
          node: z.string(),
          total_bytes: count,
          available_bytes: count,
          watermark: z.enum(['ok', 'low', 'high', 'flood_stage']),
          flood_below_bytes: count,
        }),
      )
      .nullable()
      .meta({ description: 'Disks of the nodes, and the last watermark that each has passed.' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Retention' });

export type RetentionView = z.output<typeof retentionSchema>;
export type RetentionRunView = z.output<typeof retentionRunSchema>;
