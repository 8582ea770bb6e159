import {
  alsoService,
  duration,
  label,
  level,
  pid,
  service,
  status,
  tags,
  text,
  time,
  traceParent,
} from './field-rules';
import { fieldTable, takeRecord } from './fields';
import { hasAny, type JsonFormat } from './format';
import { requestUrl } from './pino';

/** What loggers call the message; the first is the name that moves. */
export const MESSAGE_NAMES = [
  'message',
  'msg',
  'text',
  'event',
  'textPayload',
  '@message',
  'Message',
  'MESSAGE',
] as const;
export const LEVEL_NAMES = [
  ...(['level', 'severity', 'levelname', 'log.level', 'loglevel', 'log_level', 'lvl', 'Level', 'level_name'] as const),
];
const TIME_NAMES = [
  'timestamp',
  'time',
  '@timestamp',
  'ts',
  'datetime',
  'date',
  'asctime',
  't',
  '@t',
  'Timestamp',
  'created',
];
const same = <T>(names: readonly string[], rule: T) => Object.fromEntries(names.map((name) => [name, rule]));

/** What a request is known by, and how it went, under all of their usual names. */
const CONTEXT = {
  ...same(['trace.id', 'trace_id', 'traceId', 'traceID', 'dd.trace_id'], text('trace.id')),
  ...same(['span.id', 'span_id', 'spanId', 'spanID', 'dd.span_id'], text('span.id')),
  traceparent: traceParent,
  ...same(
    ['request_id', 'requestId', 'req_id', 'correlation_id', 'correlationId', 'x-request-id'],
    label('request_id'),
  ),
  ...same(['status_code', 'statusCode', 'status', 'http.status_code'], status()),
  ...same(['method', 'http_method', 'http.method'], text('method')),
  path: text('path'),
  ...same(['url', 'request_uri', 'uri'], requestUrl),
  ...same(['user_id', 'userId', 'user.id'], label('user_id')),
  ...same(['response_time_ms', 'duration_ms', 'elapsed_ms', 'responseTime', 'latency_ms'], duration(1)),
  ...same(['error_code', 'errorCode', 'error.code', 'err.code'], label('error_code')),
};
export const contextTable = fieldTable(CONTEXT);

const table = fieldTable({
  ...same(TIME_NAMES, time),
  ...same(MESSAGE_NAMES, text('message')),
  ...same(LEVEL_NAMES, level('pino')),
  service: service(0),
  ...same(['service.name', 'service_name', 'serviceName'], service(1)),
  ...same(['app', 'application', 'app_name', 'appName', 'name', 'program'], service(2)),
  ...same(['container_name', 'container', 'pod', 'pod_name'], service(4)),
  ...same(['logger', 'logger_name', 'loggerName', 'log.logger', 'component'], alsoService(text('log.logger'), 7)),
  ...same(['host.name', 'hostname', 'host'], alsoService(text('host.name'), 8)),
  ...CONTEXT,
  ...same(['error.type', 'err.type', 'error.name', 'exception.class', 'thrown.name'], text('error.type')),
  ...same(['error.message', 'err.message', 'error', 'err', 'thrown.message'], text('error.message')),
  ...same(
    ['error.stack_trace', 'error.stack', 'err.stack', 'stack', 'stack_trace', 'stacktrace', 'exc_info', 'exception'],
    text('error.stack_trace'),
  ),
  ...same(['pid', 'process.pid', 'process'], pid()),
  ...same(['thread_name', 'thread', 'threadName'], text('process.thread.name')),
  ...same(['client_ip', 'remote_ip', 'clientIp', 'ip', 'remote_addr'], text('client.ip')),
  ...same(['user_agent', 'userAgent'], text('user_agent.original')),
  tags,
});

const decode: JsonFormat['decode'] = (input, draft) => {
  takeRecord(input, table, draft);
  return undefined;
};
const ANY_MESSAGE = [...MESSAGE_NAMES, 'error', 'err'];
const ANY_MARK = [...LEVEL_NAMES, ...TIME_NAMES];

/** winston: level and message in words. */
export const winston: JsonFormat = {
  name: 'winston',
  marks: '`level` and `message`, both text',
  recognise: (input) => typeof input['level'] === 'string' && typeof input['message'] === 'string',
  decode,
  table,
};

/** Any other logger's JSON: a message, and a level or a time, under any of their usual names. */
export const jsonLog: JsonFormat = {
  name: 'json',
  marks: 'a message, and a level or a time, under any of their usual names',
  recognise: (input) => hasAny(input, ANY_MESSAGE) && hasAny(input, ANY_MARK),
  decode,
  table,
};
