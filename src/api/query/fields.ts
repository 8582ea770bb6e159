import { MAX_PARTS } from '../../domain/message-parts';
import { LEVELS, SEVERITIES } from '../../domain/record';

/** A field that can be asked about. */
export interface Field {
  /** Where the document has it. */
  path: string;
  kind: 'words' | 'keyword' | 'choice' | 'number' | 'time' | 'boolean';
  /** Of a `choice`: all there is. */
  choices?: readonly string[];
  /** Of a `number`: what a record can have. */
  smallest?: number;
  largest?: number;
  whole?: boolean;
  /** Of a `number`: 5xx stands for 500 to 599. */
  classes?: boolean;
}

const keyword = (path: string): Field => ({ path, kind: 'keyword' });
const whole = (path: string, smallest: number, largest: number): Field => ({
  ...{ path, kind: 'number', whole: true },
  ...{ smallest, largest },
});

/** Every field of a record by the name it has in queries. */
export const FIELDS = {
  message: { path: 'message', kind: 'words' },
  time: { path: '@timestamp', kind: 'time' },
  service: keyword('service'),
  level: { path: 'level', kind: 'choice', choices: LEVELS },
  request_id: keyword('request_id'),
  status_code: { ...whole('status_code', 100, 599), classes: true },
  user_id: keyword('user_id'),
  path: keyword('path'),
  method: keyword('method'),
  response_time_ms: { path: 'response_time_ms', kind: 'number', smallest: 0, largest: 1e12 },
  error_code: keyword('error_code'),
  tag: keyword('tags'),
  trace_id: keyword('trace.id'),
  span_id: keyword('span.id'),
  host: keyword('host.name'),
  logger: keyword('log.logger'),
  thread: keyword('process.thread.name'),
  pid: whole('process.pid', 0, Number.MAX_SAFE_INTEGER),
  client_ip: keyword('client.ip'),
  user_agent: keyword('user_agent.original'),
  url: keyword('url.original'),
  domain: keyword('url.domain'),
  error_type: keyword('error.type'),
  error_message: { path: 'error.message', kind: 'words' },
  stack_trace: { path: 'error.stack_trace', kind: 'words' },
  format: keyword('event.format'),
  time_source: keyword('event.time_source'),
  time_suspect: { path: 'event.time_suspect', kind: 'boolean' },
  anomaly: { path: 'anomaly.is_anomaly', kind: 'boolean' },
  score: whole('anomaly.score', 0, 100),
  severity: { path: 'anomaly.severity', kind: 'choice', choices: SEVERITIES },
  rule: keyword('anomaly.reasons.rule'),
  partition: whole('kafka.partition', 0, 2 ** 31 - 1),
  offset: whole('kafka.offset', 0, Number.MAX_SAFE_INTEGER),
  part: whole('kafka.part', 0, MAX_PARTS - 1),
  kafka_time: { path: 'kafka.timestamp', kind: 'time' },
  edited: { path: 'edited', kind: 'boolean' },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;

const ATTRIBUTES = 'attributes.';
const MAX_ATTRIBUTE = 256;

/** What the Elastic Common Schema calls fields of ours. */
const ECS_NAMES = {
  'service.name': 'service',
  'log.level': 'level',
  'http.request.id': 'request_id',
  'http.response.status_code': 'status_code',
  'http.request.method': 'method',
  'url.path': 'path',
  'user.id': 'user_id',
  'error.code': 'error_code',
} as const satisfies Record<string, FieldName>;

/** Names that also stand for a field: those of the document, and short ones. */
const ALIASES: Readonly<Record<string, FieldName>> = {
  '@timestamp': 'time',
  timestamp: 'time',
  status: 'status_code',
  tags: 'tag',
  ...ECS_NAMES,
  ...Object.fromEntries(
    Object.entries(FIELDS)
      .filter(([name, { path }]) => path !== name && path.includes('.'))
      .map(([name, { path }]) => [path, name as FieldName]),
  ),
};

/** @returns undefined when no field has this name */
export function findField(name: string): Field | undefined {
  if (Object.hasOwn(FIELDS, name)) return FIELDS[name as FieldName];
  if (Object.hasOwn(ALIASES, name)) return FIELDS[ALIASES[name]!];
  return isAttribute(name) ? { path: name, kind: 'keyword' } : undefined;
}

/** `attributes.` and a name without stars, which a search would take for a pattern of names. */
function isAttribute(name: string): boolean {
  const rest = name.slice(ATTRIBUTES.length);
  return name.startsWith(ATTRIBUTES) && rest !== '' && rest.length <= MAX_ATTRIBUTE && !/[*\s]/.test(rest);
}
