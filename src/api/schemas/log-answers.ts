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
    anomaly: z.looseObject({
      score: z.number(),
      severity: z.enum(SEVERITIES),
      is_anomaly: z.boolean(),
      reasons: z.array(z.looseObject({ rule: z.string(), weight: z.number() })),
    }),
    kafka: z.looseObject({ partition: z.int(), offset: z.int(), timestamp: z.unknown() }),
  })
  .partial()
  .required({ id: true, index: true })
  .meta({ id: 'Log', description: 'A stored record: its own fields, its score, and where it stands in Kafka.' });

const page = { ...account, page: z.int(), size: z.int(), logs: z.array(logSchema) };

export const logsSchema = z.strictObject(page).meta({ id: 'LogPage' });

const bySeverity = z.record(z.enum(SEVERITIES), count);

export const anomaliesSchema = z
  .strictObject({
    ...page,
    by_severity: bySeverity,
    by_rule: z.array(z.strictObject({ rule: z.string(), count })).meta({
      description: 'How many of all matching anomalies each rule took part in, most frequent first.',
    }),
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
    response_time_ms: z.strictObject({ p50: milliseconds, p95: milliseconds, p99: milliseconds }).meta({
      description: 'Estimated percentiles; null when no record has a response time.',
    }),
    top_paths: named('path'),
    top_error_codes: named('error_code'),
    histogram: z.strictObject({
      interval_ms: count,
      buckets: z
        .array(z.strictObject({ start: z.iso.datetime(), count, anomalies: count, errors: count }))
        .meta({ description: 'Oldest first, without gaps.' }),
    }),
  })
  .meta({ id: 'LogStats' });
