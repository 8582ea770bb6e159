import { z } from 'zod';
import 'zod-openapi';
import { FOREIGN_REASONS } from '../../domain/audit';

/** Schemas of the audit routes. */

const count = z.int().min(0);
const offset = z.string().regex(/^\d{1,16}$/, 'must be a Kafka offset, as a decimal string');
const verdict = z.enum(['clean', 'differences']);

export const auditBody = z
  .strictObject({
    partitions: z
      .array(z.int().min(0).max(100_000))
      .min(1)
      .max(1000)
      .refine((list) => new Set(list).size === list.length, 'must not name a partition twice')
      .optional()
      .meta({ description: 'All of the topic by default.' }),
    from: offset.optional().meta({ description: 'First offset to judge, in each partition.' }),
    to: offset.optional().meta({ description: 'First offset that is not judged any more.' }),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || Number(from) <= Number(to), {
    path: ['from'],
    message: 'must not lie behind to',
  })
  .meta({ id: 'AuditScope', example: { partitions: [0, 1] } });

export const auditId = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .meta({ description: 'As POST /pipeline/audit gave it.', example: '20261124-101500-3f9a1c' }),
});

export const auditStartedSchema = z
  .strictObject({ id: z.string(), url: z.string(), workflow_id: z.string(), workflow_url: z.string() })
  .meta({ id: 'AuditStarted' });

const range = z.strictObject({ partition: count, from: offset, to: offset });
const counts = z
  .strictObject({
    documents: count.meta({ description: 'Offsets with a document.' }),
    more_documents: count.meta({ description: 'Documents beside one for each of these offsets.' }),
    letters: count,
    redriven: count,
    added: z.int().meta({ description: 'Documents that messages have got since they were dead-lettered.' }),
    filtered: count,
    void: count,
    expired: count,
    missing: count,
    incomplete: count.meta({ description: 'Offsets that lack some of their documents; named among the missing.' }),
    doubled: count,
    unverifiable: count,
    foreign: count,
    closed: count,
  })
  .meta({ id: 'AuditCounts' });
const sum = z.strictObject({ found: count, booked: z.int() });

const partition = z.strictObject({
  partition: count,
  from: offset,
  to: offset,
  generation: z.int().min(1),
  source: z.enum(['workflow', 'commit']).meta({ description: 'Where the account is from.' }),
  verdict,
  counts,
  sums: z
    .strictObject({
      documents: sum,
      letters: sum,
      holes: sum,
      expired: sum.meta({ description: 'Booked: documents and open dead letters that the retention has recorded.' }),
    })
    .nullable()
    .meta({ description: 'Null when only a part of the account was judged.' }),
});

const names = z.strictObject({
  missing: z
    .array(range)
    .meta({ description: 'Neither documents nor a dead letter, or not all of them, and Kafka holds a record there.' }),
  doubled: z.array(range).meta({ description: 'Several documents, or a document and an open dead letter.' }),
  unverifiable: z.array(range).meta({ description: 'Nothing there, and Kafka has deleted what was.' }),
  foreign: z
    .array(z.strictObject({ index: z.string(), id: z.string(), reason: z.enum(FOREIGN_REASONS) }))
    .meta({ description: 'Documents that no record accounts for.' }),
});

export const auditSchema = z
  .strictObject({
    id: z.string(),
    status: z.enum(['running', 'done', 'failed', 'cancelled']),
    started_at: z.string(),
    ended_at: z.string().nullable(),
    progress: z.strictObject({
      percent: z.number().min(0).max(100).nullable().meta({ description: 'Null when no worker answered.' }),
      partitions: count.nullable(),
      judged: count.nullable(),
      current_partition: count.nullable(),
    }),
    failing: z
      .strictObject({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Why it failed, or why its current step is tried again.' }),
    result: z
      .strictObject({
        verdict,
        counts,
        names: names.meta({ description: 'The first 100 of each kind, or as many as 16 KiB hold.' }),
        partitions: z.array(partition).meta({ description: 'Those with differences first.' }),
        omitted_partitions: count,
      })
      .nullable()
      .meta({ description: 'While it runs, what there is so far.' }),
    workflow_id: z.string(),
    workflow_url: z.string(),
  })
  .meta({ id: 'Audit' });

export type AuditView = z.output<typeof auditSchema>;
