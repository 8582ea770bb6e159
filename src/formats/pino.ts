import type { Draft } from './draft';
import { alsoService, duration, label, level, pid, service, status, text, time, traceParent } from './field-rules';
import { fieldTable, takeRecord, type FieldRule } from './fields';
import { hasAny, type JsonFormat } from './format';

/** The address that was asked for; what stands before its query is the path. */
export const requestUrl: FieldRule = {
  to: 'url.original',
  take(draft, value) {
    const taken = text('url.original').take(draft, value);
    if (taken) setPath(draft, value as string);
    return taken;
  },
  reading: { as: 'url', fills: 'url.original' },
};

/** Path and query of an address or a request target. */
export function setPath({ fields }: Draft, url: string): void {
  const path = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)/.exec(url)?.[1];
  if (path !== undefined) fields['path'] ??= path;
  const query = url.indexOf('?');
  if (query >= 0 && query + 1 < url.length) fields['url.query'] ??= url.slice(query + 1).split('#')[0]!;
}

const table = fieldTable({
  time,
  level: level('pino'),
  msg: text('message'),
  message: text('message'),
  service: service(0),
  'service.name': service(1),
  name: service(2),
  pid: pid(),
  hostname: alsoService(text('host.name'), 8),
  'err.type': text('error.type'),
  'err.name': text('error.type'),
  'err.message': text('error.message'),
  'err.stack': text('error.stack_trace'),
  'err.code': label('error_code'),
  'req.id': label('request_id'),
  req_id: label('request_id'),
  reqId: label('request_id'),
  requestId: label('request_id'),
  request_id: label('request_id'),
  'req.method': text('method'),
  'req.url': requestUrl,
  'req.remoteAddress': text('client.ip'),
  'req.headers.user-agent': text('user_agent.original'),
  'req.headers.traceparent': traceParent,
  'req.headers.x-request-id': label('request_id'),
  'res.statusCode': status(),
  responseTime: duration(1),
  trace_id: text('trace.id'),
  span_id: text('span.id'),
  traceId: text('trace.id'),
  spanId: text('span.id'),
  traceparent: traceParent,
  user_id: label('user_id'),
  userId: label('user_id'),
  component: text('log.logger'),
});

const decode: JsonFormat['decode'] = (input, draft) => {
  takeRecord(input, table, draft);
  return undefined;
};

/** Bunyan: as pino, with its version `v`, name and host in every line. */
export const bunyan: JsonFormat = {
  name: 'bunyan',
  marks: '`v` of 0, a `level` that is a number, `name` and `msg`',
  recognise: (input) =>
    input['v'] === 0 &&
    typeof input['level'] === 'number' &&
    Object.hasOwn(input, 'name') &&
    Object.hasOwn(input, 'msg'),
  decode,
  table,
};

/** pino: a level that is a number, and a message or a time under its own name. */
export const pino: JsonFormat = {
  name: 'pino',
  marks: 'a `level` that is a number, beside `msg`, `time` or `pid`',
  recognise: (input) => typeof input['level'] === 'number' && hasAny(input, ['msg', 'time', 'pid']),
  decode,
  table,
};
