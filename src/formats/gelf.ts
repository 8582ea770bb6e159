import { alsoService, duration, label, level, pid, service, status, text, time } from './field-rules';
import { fieldTable, takeRecord } from './fields';
import type { JsonFormat } from './format';

const table = fieldTable({
  timestamp: time,
  level: level('syslog'),
  short_message: text('message'),
  _service: service(0),
  _app: service(1),
  _application: service(1),
  _container_name: service(3),
  facility: service(6),
  _logger: alsoService(text('log.logger'), 7),
  host: alsoService(text('host.name'), 8),
  _trace_id: text('trace.id'),
  _span_id: text('span.id'),
  _request_id: label('request_id'),
  _user_id: label('user_id'),
  _status_code: status(),
  _method: text('method'),
  _path: text('path'),
  _response_time_ms: duration(1),
  _error_code: label('error_code'),
  _exception: text('error.stack_trace'),
  _stack_trace: text('error.stack_trace'),
  _pid: pid(),
  _thread: text('process.thread.name'),
  _thread_name: text('process.thread.name'),
});

/** Graylog Extended Log Format 1.1. */
export const gelf: JsonFormat = {
  name: 'gelf',
  marks: '`short_message` and `host`',
  recognise: (input) => Object.hasOwn(input, 'short_message') && Object.hasOwn(input, 'host'),
  decode(input, draft) {
    takeRecord(input, table, draft);
    return undefined;
  },
  table,
};
