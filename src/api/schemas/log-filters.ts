import { z } from 'zod';
import 'zod-openapi';
import type { Expression } from '../query/expression';
import { FIELDS, findField, type Field, type FieldName } from '../query/fields';
import { MAX_QUERY_LENGTH, QueryError, readQuery } from '../query/read-query';
import { readValue, ValueError } from '../query/value';
import { parseTime, type TimeExpression } from '../time';

/** The query parameters that select logs, with what the documentation says of them. */

const MAX_LIST = 50;
const MAX_VALUE = 2048;
const listStyle = { style: 'form', explode: false } as const;

/** A comma-separated list; documented as the array it stands for. A comma behind a backslash belongs to a value. */
export function commaList<T extends z.ZodType>(item: T) {
  const split = (value: unknown) => {
    if (typeof value !== 'string') return value;
    return value.split(/(?<=(?:^|[^\\])(?:\\\\)*),/).map((part) => part.trim());
  };
  return z.preprocess(split, z.array(item).min(1).max(MAX_LIST, `at most ${MAX_LIST} values`)).optional();
}

/** One value of a list: what it asks for, and whether records that have it are wanted or not. */
export interface Wanted {
  negated: boolean;
  condition: Expression;
}

/** Reads `value` or `!value`. */
function wanted(findIn: (text: string) => { field: Field; value: string }) {
  return z
    .string()
    .max(MAX_VALUE, `at most ${MAX_VALUE} characters`)
    .transform((text, context): Wanted => {
      const negated = text.startsWith('!');
      try {
        const { field, value } = findIn(negated ? text.slice(1) : text);
        // None of these fields is a time, so it does not matter what relative times count from.
        return { negated, condition: readValue(field, value, 0) };
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    });
}

const COMMON = 'Several, comma-separated: any of them; !value: not this one.';

function listOf(name: FieldName, description: string, example: string[]) {
  const list = commaList(wanted((value) => ({ field: FIELDS[name], value })));
  return list.meta({ description: `${description} ${COMMON}`, example, param: listStyle });
}

function readAttribute(text: string) {
  const [name = ''] = text.split(':', 1);
  const field = name === text ? undefined : findField(`attributes.${name}`);
  if (!field) throw new ValueError('must be name:value, such as region:eu');
  return { field, value: text.slice(name.length + 1) };
}

/** A time in a query. */
export const time = z
  .string()
  .transform((text, context): TimeExpression => {
    const parsed = parseTime(text);
    if (parsed) return parsed;
    const message = 'must be ISO 8601, such as 2026-11-24T10:00:00Z, now-15m (s, m, h, d, w), or epoch (milli)seconds';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .optional();

const q = z
  .string()
  .refine((text) => text.trim() !== '', 'must not be empty')
  .max(MAX_QUERY_LENGTH, `at most ${MAX_QUERY_LENGTH} characters`)
  .superRefine((text, context) => {
    try {
      readQuery(text, 0);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      const { position, message } = error;
      context.addIssue({ code: 'custom', message: `at character ${position}: ${message}`, params: { position } });
    }
  })
  .optional();

/** What each parameter asks of the field it is named after; `filters` has more. */
export const fieldFilters = {
  service: listOf('service', 'Services; pay* for all that begin so.', ['payment', 'auth']),
  level: listOf('level', `Levels: ${FIELDS.level.choices.join(', ')}.`, ['error', 'fatal']),
  status_code: listOf('status_code', 'Status codes, classes, ranges 400..499 or comparisons >=500.', ['429', '5xx']),
  severity: listOf('severity', `Severities: ${FIELDS.severity.choices.join(', ')}.`, ['high', 'critical']),
  score: listOf('score', 'Scores from 0 to 100, ranges or comparisons.', ['60..']),
  rule: listOf('rule', 'Rules that took part in the score.', ['level_error']),
  request_id: listOf('request_id', 'Requests, over all services.', ['req-000000000042']),
  user_id: listOf('user_id', 'Users; * for any, !* for none.', ['user-1007']),
  path: listOf('path', 'Paths; /api/* for all that begin so.', ['/payments/*', '!/payments/health']),
  method: listOf('method', 'Methods, as they were logged.', ['POST', 'PUT']),
  error_code: listOf('error_code', 'Error codes; * for any.', ['PAYMENT_*']),
  tag: listOf('tag', 'Tags.', ['checkout']),
  response_time_ms: listOf('response_time_ms', 'Response times, ranges 100..500 or comparisons.', ['>=1000']),
  trace_id: listOf('trace_id', 'Traces, over all services.', ['4bf92f3577b34da6a3ce929d0e0e4736']),
  span_id: listOf('span_id', 'Spans of a trace.', ['00f067aa0ba902b7']),
  host: listOf('host', 'Hosts; web-* for all that begin so.', ['web-1']),
  logger: listOf('logger', 'Loggers.', ['com.acme.*']),
  thread: listOf('thread', 'Threads, by name.', ['main']),
  pid: listOf('pid', 'Process ids.', ['4242']),
  client_ip: listOf('client_ip', 'Addresses of clients; 10.0.* for all that begin so.', ['203.0.113.9']),
  user_agent: listOf('user_agent', 'User agents, as they were sent.', ['curl/*']),
  url: listOf('url', 'Addresses as they were asked for, query included.', ['/pay?x=1']),
  domain: listOf('domain', 'Virtual hosts.', ['shop.example']),
  error_type: listOf('error_type', 'Types of errors.', ['java.io.IOException']),
  error_message: listOf('error_message', 'Words next to each other in the message of an error.', ['connection reset']),
  stack_trace: listOf('stack_trace', 'Words next to each other in a stack trace.', ['NullPointerException']),
  log_format: listOf('format', 'Formats that records were recognised by; those of our own have none.', [
    'pino',
    'container/*',
  ]),
  time_source: listOf('time_source', 'kafka: the record had no time that could be read.', ['kafka']),
  time_suspect: listOf('time_suspect', "true: the record's time lies far from Kafka's.", ['true']),
  partition: listOf('partition', 'Partitions of the Kafka topic.', ['2']),
  offset: listOf('offset', 'Offsets in Kafka, or ranges of them.', ['4700..4800']),
};

export const filters = {
  ...fieldFilters,
  attribute: commaList(wanted(readAttribute)).meta({
    description: `Other fields of the record, as name:value. ${COMMON}`,
    example: ['region:eu', '!region:us'],
    param: listStyle,
  }),
  q: q.meta({
    description:
      'Words and "phrases" of the message and conditions field:value, all of which must hold; OR, NOT (or -) and ( ) as ' +
      'usual. docs/queries.md has the language.',
    example: '"connection refused" -retry status_code:>=500',
  }),
  from: time.meta({
    description:
      'Start of the time range, inclusive: ISO 8601 (UTC unless it has an offset), relative (now-15m) or epoch.',
    example: '2026-11-24T09:45:00Z',
    param: {},
  }),
  to: time.meta({
    description: 'End of the time range, exclusive; written like `from`.',
    example: '2026-11-24T10:00:00Z',
  }),
};

/** Only anomalies, or only the others. */
export const anomaly = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')
  .optional()
  .meta({ description: 'Only anomalies, or only the others.', example: 'true' });
