import { z } from 'zod';
import 'zod-openapi';
import { LEVELS, SEVERITIES } from '../../domain/record';

const count = z.int().min(0);

const total = z.strictObject({ value: count, relation: z.enum(['eq', 'gte']) }).meta({
  description: 'How many records match; `gte` when it is only a lower bound, because the answer is partial.',
});

const account = {
  total,
  took_ms: z.number().meta({ description: 'Time that Elasticsearch took.' }),
  partial: z.boolean().meta({ description: 'True when not every shard answered in time: there may be more.' }),
};

export const logSchema = z
  .looseObject({
    id: z.string().meta({ description: 'Generation, partition and offset of the record in Kafka.' }),
    index: z.string(),
    '@timestamp': z.string(),
    service: z.string(),
    level: z.enum(LEVELS),
    message: z.string(),
    anomaly: z
      .looseObject({
        score: z.number(),
        severity: z.enum(SEVERITIES),
        is_anomaly: z.boolean(),
        reasons: z.array(z.looseObject({ rule: z.string(), weight: z.number() }).partial()),
      })
      .partial(),
    kafka: z.looseObject({ partition: z.int(), offset: z.int(), timestamp: z.unknown() }).partial(),
    highlights: z
      .strictObject({ message: z.array(z.strictObject({ start: count, end: count })) })
      .meta({ description: 'Where the message matches: UTF-16 code units from start up to, not including, end.' }),
  })
  .partial()
  .required({ id: true, index: true })
  .meta({ id: 'Log', description: 'A stored record: its own fields, its score, and where it stands in Kafka.' });

const nextCursor = z.string().nullable().meta({ description: '`cursor` of the next page; null after the last one.' });

const page = {
  ...account,
  page: z.int().nullable().meta({ description: 'Number of the page; null when it was asked for by cursor.' }),
  size: z.int(),
  next_cursor: nextCursor,
  logs: z.array(logSchema),
};

export const logsSchema = z.strictObject(page).meta({ id: 'LogPage' });

const bySeverity = z.record(z.enum(SEVERITIES), count);

export const anomaliesSchema = z
  .strictObject({
    ...page,
    by_severity: bySeverity,
    by_rule: z.array(z.strictObject({ rule: z.string(), count })).meta({
      description: 'How many of all matching anomalies each rule took part in, most frequent first.',
    }),
    groups: z
      .array(
        z.strictObject({
          ...{ key: z.string(), count, max_score: z.number(), first: z.iso.datetime(), last: z.iso.datetime() },
          example: logSchema,
        }),
      )
      .optional()
      .meta({ description: 'With `group`: all matching anomalies by its values, the 50 most frequent ones.' }),
  })
  .meta({ id: 'AnomalyPage' });

const named = (name: string) => z.array(z.strictObject({ [name]: z.string(), count }));
const milliseconds = z.number().nullable();

export const statsSchema = z
  .strictObject({
    ...account,
    by_level: z.record(z.enum(LEVELS), count),
    by_severity: bySeverity,
    by_service: named('service'),
    by_status_class: z.record(z.enum(['1xx', '2xx', '3xx', '4xx', '5xx', 'none']), count),
    anomalies: count,
    errors: count.meta({ description: 'Records of level error or fatal, or with a status code of 500 and above.' }),
    error_rate: z.number().min(0).max(1).meta({ description: 'Share of errors among all matching records.' }),
    response_time_ms: z
      .strictObject({
        ...{ p50: milliseconds, p90: milliseconds, p95: milliseconds, p99: milliseconds },
        ...{ avg: milliseconds, max: milliseconds },
      })
      .meta({ description: 'Percentiles are estimates; null when no record has a response time.' }),
    top_paths: named('path'),
    top_error_codes: named('error_code'),
    top_users: named('user_id'),
    histogram: z.strictObject({
      interval_ms: count,
      buckets: z
        .array(z.strictObject({ start: z.iso.datetime(), count, anomalies: count, errors: count }))
        .meta({ description: 'Oldest first, without gaps.' }),
    }),
  })
  .meta({ id: 'LogStats' });

export const histogramSchema = z
  .strictObject({
    ...account,
    interval: z.string().meta({ description: 'Width of a bucket; 1d, 1w and 1M are days, weeks and months.' }),
    time_zone: z.string(),
    buckets: z
      .array(
        z.strictObject({
          ...{ start: z.iso.datetime(), count, anomalies: count, errors: count },
          by: z.record(z.string(), count).optional().meta({ description: 'With `split`, by its values.' }),
        }),
      )
      .meta({ description: 'Oldest first, without gaps.' }),
  })
  .meta({ id: 'LogHistogram' });

const facet = z.strictObject({
  values: z.array(z.strictObject({ value: z.string(), count })),
  other: count.meta({ description: 'Values beyond those shown, by how often they occur.' }),
  missing: count.meta({ description: 'Records without the field.' }),
  error: count.meta({ description: 'By how much a count may be too low; 0 when they are exact.' }),
});

export const facetsSchema = z
  .strictObject({ ...account, facets: z.record(z.string(), facet) })
  .meta({ id: 'LogFacets' });

export const contextSchema = z
  .strictObject({
    ...{ took_ms: account.took_ms, partial: account.partial },
    by: z.array(z.enum(['partition', 'service', 'request'])),
    before: z.array(logSchema),
    log: logSchema,
    after: z.array(logSchema),
    ...{ more_before: z.boolean(), more_after: z.boolean() },
  })
  .meta({ id: 'LogContext', description: 'A log and its neighbours, oldest first.' });

const moment = z.iso.datetime().nullable();

export const requestSchema = z
  .strictObject({
    request_id: z.string(),
    ...account,
    first: moment,
    last: moment,
    duration_ms: z.number().nullable().meta({ description: 'From the first log to the last one.' }),
    errors: count,
    anomalies: count,
    max_score: z.number().nullable(),
    services: z
      .array(
        z.strictObject({
          ...{ service: z.string(), count, errors: count },
          ...{ first: z.iso.datetime(), last: z.iso.datetime() },
        }),
      )
      .meta({ description: 'In the order in which they first logged.' }),
    next_cursor: nextCursor,
    logs: z.array(logSchema).meta({ description: 'Oldest first.' }),
  })
  .meta({ id: 'RequestTimeline' });
