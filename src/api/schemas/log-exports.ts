import { z } from 'zod';
import 'zod-openapi';
import { EXPORT_FORMATS, EXPORT_STATUSES, isExportId } from '../../domain/export';
import { filters } from './log-filters';
import { exportQuery, wholeNumber } from './log-queries';

/** Schemas of the routes of long exports. */

const count = z.int().min(0);
const { sort, fields, format } = exportQuery.shape;

/** Names and values as the query of GET /logs/export has them: lists as lists, or as one text with commas. */
export const exportOrderBody = z
  .strictObject({
    filter: z
      .strictObject({
        ...filters,
        anomaly: z.boolean().optional().meta({ description: 'Only anomalies, or only the others.' }),
      })
      .default({})
      .meta({ description: 'What selects logs; all of them by default.' }),
    ...{ sort, fields, format },
    limit: z
      .int()
      .min(1)
      .max(2 ** 40)
      .optional()
      .meta({ description: 'Most logs to write; all that match by default.' }),
    reason: z.string().trim().min(1).max(500).optional(),
    actor: z.string().trim().min(1).max(100).default('api'),
    request_id: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .meta({ description: 'Sent again, it names the export that it made, and starts none.' }),
  })
  .meta({
    id: 'LongExportOrder',
    example: {
      ...{ filter: { level: ['error', 'fatal'], from: 'now-7d' }, format: 'csv', fields: ['@timestamp', 'message'] },
    },
  });

const id = '20261124-101500-3f9a1c';
export const exportParams = z.strictObject({
  id: z
    .string()
    .refine(isExportId)
    .meta({ description: 'As POST /logs/exports gave it.', example: id, override: { type: 'string' } }),
});
export const exportsQuery = z.object({
  size: wholeNumber(1, 200).default(50).meta({ description: 'The newest so many.', example: 50 }),
});

const workflow = { workflow_id: z.string(), workflow_url: z.string() };

export const exportStartedSchema = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    duplicate: z.boolean().meta({ description: 'True when its request id had been seen.' }),
    ...workflow,
  })
  .meta({ id: 'LongExportStarted' });

const status = z.enum([...EXPORT_STATUSES, 'stopped']).meta({
  description: '`stopped`: its workflow was ended by hand or is lost; `resume` lets it go on.',
});

export const longExportSchema = z
  .strictObject({
    id: z.string(),
    status,
    format: z.enum(EXPORT_FORMATS),
    sort: z.string(),
    fields: z.array(z.string()).nullable(),
    limit: count.nullable(),
    asked: z.record(z.string(), z.unknown()).meta({ description: 'Filters and the rest as they were sent.' }),
    ordered_at: z.string(),
    actor: z.string(),
    reason: z.string().nullable(),
    request_id: z.string().nullable(),
    frozen_at: z.string().nullable().meta({ description: 'The moment that the file shows; null before it begins.' }),
    progress: z.strictObject({
      percent: z.number().min(0).max(100).nullable(),
      logs: count.meta({ description: 'Written, in whole parts of the file.' }),
      wanted: count.nullable().meta({ description: 'Logs that the file will have: `total`, or the limit.' }),
      total: count.nullable().meta({ description: 'Logs that match.' }),
      bytes: count,
      parts: count,
      logs_per_second: z.number().nullable(),
      eta_seconds: z.number().nullable(),
      worked_seconds: z.number(),
    }),
    result: z
      .strictObject({
        logs: count,
        total: count,
        complete: z.boolean().meta({ description: 'False when the limit cut it.' }),
        bytes: count,
        sha256: z.string().meta({ description: 'Of the file, in hexadecimal.' }),
        ended_at: z.string(),
        file: z.string().meta({ description: 'Address of the file.' }),
      })
      .nullable(),
    restarts: count.meta({ description: 'How often it began anew, because its frozen view was gone.' }),
    expires_at: z.string().meta({ description: 'When it goes if nothing changes.' }),
    pause: z.strictObject({ reason: z.string().nullable(), actor: z.string().nullable() }).nullable(),
    failing: z
      .strictObject({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Why it failed, or why a step of it is tried again.' }),
    ...workflow,
  })
  .meta({ id: 'LongExport' });
export type LongExportView = z.output<typeof longExportSchema>;

export const longExportsSchema = z.strictObject({ exports: z.array(longExportSchema) }).meta({ id: 'LongExports' });

export const exportMessageSchema = z
  .strictObject({
    id: z.string(),
    status: status.meta({ description: 'As the export says it, or as it is known when it did not answer.' }),
    acknowledged: z.boolean().meta({ description: 'False when the message was left for the next worker (202).' }),
    ...workflow,
  })
  .meta({ id: 'LongExportMessage' });

export const exportMessageBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).optional().meta({ description: 'Shown beside the state.' }),
    actor: z.string().trim().min(1).max(100).default('api'),
  })
  .meta({ id: 'LongExportMessageBody', example: { reason: 'not needed any more', actor: 'on-call' } });

export const fileHeaders = z.object({
  Range: z
    .string()
    .optional()
    .meta({ description: 'One range of bytes; several, or what is no range, give the whole.', example: 'bytes=0-99' }),
  'If-Range': z
    .string()
    .optional()
    .meta({ description: 'The ETag of the first part: the range holds only for it.', example: '"9f86d081884c7d65"' }),
});
