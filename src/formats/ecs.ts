import { alsoService, duration, label, level, pid, service, status, tags, text, time } from './field-rules';
import { fieldTable, takeRecord } from './fields';
import { hasAny, type JsonFormat } from './format';

const table = fieldTable({
  '@timestamp': time,
  message: text('message'),
  'log.level': level('syslog'),
  'service.name': service(0),
  'log.logger': alsoService(text('log.logger'), 7),
  'trace.id': text('trace.id'),
  'span.id': text('span.id'),
  'transaction.id': text('span.id'),
  'http.request.id': label('request_id'),
  'error.type': text('error.type'),
  'error.message': text('error.message'),
  'error.stack_trace': text('error.stack_trace'),
  'error.code': label('error_code'),
  'host.name': alsoService(text('host.name'), 8),
  'host.hostname': alsoService(text('host.name'), 9),
  'container.name': service(3),
  'kubernetes.container.name': service(4),
  'kubernetes.pod.name': service(5),
  'http.request.method': text('method'),
  'http.response.status_code': status(),
  'url.path': text('path'),
  'url.original': text('url.original'),
  'url.full': text('url.full'),
  'url.query': text('url.query'),
  'url.domain': text('url.domain'),
  'user.id': label('user_id'),
  'event.duration': duration(1e6),
  'process.pid': pid(),
  'process.name': text('process.name'),
  'process.thread.name': text('process.thread.name'),
  'client.ip': text('client.ip'),
  'source.ip': text('client.ip'),
  'user_agent.original': text('user_agent.original'),
  tags,
});

const NAMES = ['message', 'log.level', 'log', 'ecs.version', 'ecs', 'error', 'error.message'];

/** Elastic Common Schema, with dotted names, nested ones or both. */
export const ecs: JsonFormat = {
  name: 'ecs',
  marks: '`@timestamp` without `level`, beside `message`, `log.level`, `ecs.version` or `error`',
  recognise: (input) => Object.hasOwn(input, '@timestamp') && !Object.hasOwn(input, 'level') && hasAny(input, NAMES),
  decode(input, draft) {
    takeRecord(input, table, draft);
    return undefined;
  },
  table,
};
