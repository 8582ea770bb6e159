import type { Command } from 'commander';
import type { Query } from './api';

/** The filters of the log routes as options: `--status-code 5xx` is `status_code=5xx`. A test holds them against the API's. */
export const LOG_FILTERS = {
  q: 'words and "phrases" of the message, field:value, AND, OR, NOT',
  from: 'from this time on: ISO 8601, now-15m or epoch',
  to: 'before this time',
  level: 'such as error,fatal; !debug for all others',
  service: 'such as payment,auth; pay* for all that begin so',
  status_code: '429, 5xx, 400..499 or >=500',
  severity: 'low, medium, high, critical, none',
  score: '60.. or 10..20',
  rule: 'rules that took part in the score',
  anomaly: 'true or false',
  request_id: 'one request over all services',
  user_id: 'users; * for any, !* for none',
  path: '/api/*',
  method: 'POST,PUT',
  error_code: 'PAYMENT_*; * for any',
  tag: 'tags',
  response_time_ms: '>=1000',
  attribute: 'other fields, name:value',
  trace_id: 'one trace over all services',
  span_id: 'spans of a trace',
  host: 'web-1, web-*',
  logger: 'com.acme.*',
  thread: 'threads, by name',
  pid: 'process ids',
  client_ip: '10.0.*',
  user_agent: 'curl/*',
  url: 'addresses as they were asked for, query included',
  domain: 'virtual hosts',
  error_type: 'java.io.IOException',
  error_message: 'words next to each other in the message of an error',
  stack_trace: 'words next to each other in a stack trace',
  log_format: 'pino, container/*',
  time_source: 'kafka: the record had no time that could be read',
  time_suspect: 'true or false',
  partition: 'partitions of the Kafka topic',
  offset: '4700..4800',
} as const;

export type LogFilterName = keyof typeof LOG_FILTERS;

const names = Object.keys(LOG_FILTERS) as LogFilterName[];
/** `--url` is where the API is. */
const optionOf = (name: LogFilterName) => (name === 'url' ? 'log-url' : name.replaceAll('_', '-'));
const keyOf = (name: LogFilterName) => optionOf(name).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export function logFilterOptions(command: Command): Command {
  for (const name of names) command.option(`--${optionOf(name)} <value>`, LOG_FILTERS[name]);
  return command;
}

/** The filters that were given, as the query of a log route has them. */
export function logFilters(options: Record<string, unknown>): Query {
  const given = names.map((name) => [name, options[keyOf(name)]] as const);
  return Object.fromEntries(given.filter((entry): entry is [LogFilterName, string] => typeof entry[1] === 'string'));
}

/** The filters as an order in JSON has them; undefined without any. */
export function toOrderFilter(query: Query): Record<string, unknown> | undefined {
  return Object.keys(query).length === 0 ? undefined : withTypes(query);
}

function withTypes({ anomaly, ...others }: Query): Record<string, unknown> {
  return anomaly === undefined ? others : { ...others, anomaly: JSON_BOOLEANS[anomaly] ?? anomaly };
}

const JSON_BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };
