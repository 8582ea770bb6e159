import { z } from 'zod';
import 'zod-openapi';
import type { Interval, LogSort } from '../logs/ports';
import { FIELDS, findField } from '../query/fields';
import { anomaly, commaList, filters } from './log-filters';
import { findPath, timeZone } from './log-names';

/** The query parameters of the log routes beside those that select, with what the documentation says of them. */

export const MAX_RESULT_WINDOW = 10_000;
const MAX_TEXT = 500;
const SPLITS = ['level', 'severity', 'service'] as const;
const ANOMALY_GROUPS = ['severity', 'rule', 'service', 'path', 'error_code'] as const;
const NEIGHBOURS = ['partition', 'service', 'request'] as const;
const FACETED = new Set<string>(['keyword', 'choice', 'number', 'boolean']);
const facetNames = Object.entries(FIELDS)
  .filter(([, { kind }]) => FACETED.has(kind))
  .map(([name]) => name);
const oneOf = (values: readonly string[]) => `must be one of ${values.join(', ')}`;

/** A whole number, as text. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  // An empty text would be coerced to 0.
  const text = z.string().regex(/^-?\d+$/, message);
  return z.preprocess(
    (value) => (text.safeParse(value).success ? Number(value) : value),
    z.int(message).min(min, message).max(max, message),
  );
}

/** Words to search for. */
export const fullText = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_TEXT, `at most ${MAX_TEXT} characters`)
  .optional();

const size = wholeNumber(1, 1000).default(50).meta({ description: 'Logs on a page.', example: 50 });

/** What a log is cut down to. */
export const fields = commaList(
  z.string().transform((name, context) => {
    const path = findPath(name);
    if (path !== undefined) return path;
    const message = `must be a field, such as message, anomaly.score, attributes.region; there is no ${name.slice(0, 40)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }),
).meta({
  description: 'Only these fields of each log, comma-separated; id and index are always there.',
  example: ['@timestamp', 'service', 'message'],
  param: { style: 'form', explode: false },
});

const sorts = ['time', 'score', 'response_time_ms', 'status_code'] as const;
const directed = sorts.flatMap((name) => [name, `-${name}`] as const);

function sortBy(standard: string) {
  return z
    .enum(directed, oneOf(directed))
    .transform((text): LogSort => {
      const descending = text.startsWith('-');
      return { by: (descending ? text.slice(1) : text) as LogSort['by'], descending };
    })
    .optional()
    .meta({
      description: `Order, - for the greatest first; ${standard} by default. Equals follow newest first. Logs without the value are last.`,
      example: '-response_time_ms',
    });
}

const paging = {
  size,
  cursor: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .meta({
      description:
        'The page after the one that gave this `next_cursor`, with the filters and the order of that page. From the ' +
        'second page on, or with * already on the first, all show one frozen moment. It lasts 5 minutes.',
      example: '*',
    }),
  page: wholeNumber(1, MAX_RESULT_WINDOW)
    .optional()
    .meta({
      description: `A page by its number, from 1: logs that come in meanwhile shift it. page * size is at most ${MAX_RESULT_WINDOW}.`,
      example: 1,
    }),
  fields,
  highlight: z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'Whether to say where the message matches `q`, as `highlights`.', example: 'true' }),
};

/** Widths of a histogram bucket that can be asked for, in milliseconds. */
export const INTERVALS = {
  '1s': 1000,
  '10s': 10_000,
  '30s': 30_000,
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '6h': 21_600_000,
  '1d': 86_400_000,
} as const;
const intervalNames = Object.keys(INTERVALS) as (keyof typeof INTERVALS)[];
const CALENDAR = { '1d': 'day', '1w': 'week', '1M': 'month' } as const;
const histogramIntervals = [...new Set([...intervalNames, '1w', '1M'] as const)];

export const logsQuery = z.object({ ...filters, anomaly, sort: sortBy('-time'), ...paging });

export const anomaliesQuery = z.object({
  ...filters,
  min_score: wholeNumber(0, 100).optional().meta({ description: 'Only scores from here on.', example: 60 }),
  sort: sortBy('-score'),
  group: z.enum(ANOMALY_GROUPS, oneOf(ANOMALY_GROUPS)).optional().meta({
    description: 'Counts all matching anomalies by this too, with an example of each group.',
    example: 'rule',
  }),
  ...paging,
});

const FORMATS = ['ndjson', 'csv'] as const;

export const exportQuery = z.object({
  ...filters,
  anomaly,
  sort: sortBy('-time'),
  fields,
  format: z.enum(FORMATS, oneOf(FORMATS)).default('ndjson').meta({
    description: 'NDJSON: each log as a line of JSON, as GET /logs has it. CSV: RFC 4180, safe to open as a sheet.',
    example: 'csv',
  }),
  limit: wholeNumber(1, 2 ** 40)
    .optional()
    .meta({
      description: 'Most logs to write. API_EXPORT_LIMIT by default, at most API_EXPORT_MAX_LIMIT.',
      example: 1000,
    }),
  summary: z
    .enum(['true', 'false'], 'must be true or false')
    .default('true')
    .transform((text) => text === 'true')
    .meta({ description: 'Whether the last line of NDJSON is the account of the export.', example: 'true' }),
});

export const statsQuery = z.object({
  ...filters,
  anomaly,
  interval: z
    .enum(intervalNames, oneOf(intervalNames))
    .optional()
    .meta({ description: 'Width of a histogram bucket. By default what gives at most 120 buckets.', example: '1m' }),
});

export const histogramQuery = z.object({
  ...filters,
  anomaly,
  interval: z
    .enum(histogramIntervals, oneOf(histogramIntervals))
    .transform((name): Interval => {
      if (Object.hasOwn(CALENDAR, name)) return { calendar: CALENDAR[name as keyof typeof CALENDAR] };
      return { ms: INTERVALS[name as keyof typeof INTERVALS] };
    })
    .optional()
    .meta({
      description:
        'Width of a bucket; days, weeks and months are those of the time zone. By default what gives about 120.',
      example: '1h',
    }),
  time_zone: timeZone.meta({
    description: 'Where buckets begin: a name of the IANA database or an offset from UTC.',
    example: 'Europe/Berlin',
  }),
  split: z.enum(SPLITS, oneOf(SPLITS)).optional().meta({
    description: 'Counts each bucket by this too; services beyond the ten most frequent are left out.',
    example: 'level',
  }),
});

export const facetsQuery = z.object({
  ...filters,
  anomaly,
  facets: commaList(
    z.string().transform((name, context) => {
      const field = findField(name);
      if (field && FACETED.has(field.kind)) return { name, path: field.path };
      const message = `must be one of ${facetNames.join(', ')} or an attribute, such as attributes.region`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
  ).meta({
    description:
      'Fields whose values are counted, comma-separated, at most 10; service, level, severity and status_code by default.',
    example: ['service', 'level', 'attributes.region'],
    param: { style: 'form', explode: false },
  }),
  size: wholeNumber(1, 100).default(10).meta({ description: 'Values of each field.', example: 10 }),
});

export const logParams = z.object({
  id: z
    .string()
    .regex(/^\d{2,4}-\d{4,9}-\d{16}(-(0|[1-9]\d{0,3}))?$/)
    .meta({
      description:
        'Generation, partition and offset of the record; of several log records in one message, which of them.',
      example: '01-0002-0000000000004711',
    }),
});

export const logQuery = z.object({ fields });

const side = (name: string) =>
  wholeNumber(0, 500)
    .default(10)
    .meta({ description: `Logs ${name} it.`, example: 10 });

export const contextQuery = z.object({
  by: commaList(z.enum(NEIGHBOURS, oneOf(NEIGHBOURS))).meta({
    description:
      'What the others have in common with it, all of: with partition, in the order of offsets; else in the order in ' +
      'which Kafka took them, over all partitions. partition by default.',
    example: ['partition'],
    param: { style: 'form', explode: false },
  }),
  before: side('before'),
  after: side('after'),
  fields,
});

export const requestParams = z.object({
  request_id: z.string().min(1).max(1024).meta({ description: 'The request.', example: 'req-000000000042' }),
});

export const requestQuery = z.object({
  size: wholeNumber(1, 1000).default(200).meta({ description: 'Logs on a page.', example: 200 }),
  cursor: paging.cursor,
  fields,
});

export const noQuery = z.object({});
