import type { Draft } from './draft';
import { alsoService, duration, label, service, status, text, time } from './field-rules';
import { fieldTable, takeRecord, type FieldRule } from './fields';
import { hasAny, type JsonFormat } from './format';
import { requestUrl, setPath } from './pino';

/** `GET /path?query HTTP/1.1`: the message, and its parts. */
export const requestLine: FieldRule = {
  to: 'message',
  take(draft, value) {
    const taken = text('message').take(draft, value);
    if (taken) setRequest(draft, value as string);
    return taken;
  },
};

/** Method and address of a request line; a line that is none stays a message. */
export function setRequest(draft: Draft, line: string): void {
  const [, method, url] = /^([A-Z]{3,20}) (\S+)(?: HTTP\/[\d.]+)?$/.exec(line) ?? [];
  if (method === undefined || url === undefined) return;
  draft.fields['method'] ??= method;
  draft.fields['url.original'] ??= url;
  setPath(draft, url);
}

/** The level of an answer, where nothing else tells it. */
export function setLevelByStatus(draft: Draft): void {
  const code = Number(draft.fields['status_code'] ?? 0);
  draft.level ??= code >= 500 ? 'error' : code >= 400 ? 'warn' : 'info';
}

const table = fieldTable({
  time_iso8601: time,
  time_local: time,
  msec: time,
  time,
  timestamp: time,
  '@timestamp': time,
  request: requestLine,
  status: status(),
  remote_addr: text('client.ip'),
  request_method: text('method'),
  request_uri: requestUrl,
  uri: text('path'),
  request_id: label('request_id'),
  remote_user: label('user_id'),
  http_user_agent: text('user_agent.original'),
  http_x_request_id: label('request_id'),
  args: text('url.query'),
  // Seconds with a fraction.
  request_time: duration(1 / 1000),
  service: service(0),
  server_name: alsoService(text('url.domain'), 5),
  http_host: alsoService(text('url.domain'), 6),
  host: alsoService(text('url.domain'), 7),
  hostname: alsoService(text('host.name'), 8),
});

/** nginx's access log as JSON, by the names of its variables. */
export const accessJson: JsonFormat = {
  name: 'nginx_json',
  marks: '`remote_addr` beside `request`, `request_uri` or `status`',
  recognise: (input) => Object.hasOwn(input, 'remote_addr') && hasAny(input, ['request', 'request_uri', 'status']),
  decode(input, draft) {
    takeRecord(input, table, draft);
    const { method, path } = draft.fields;
    if (draft.fields['message'] === undefined && method !== undefined) {
      draft.fields['message'] = `${method} ${draft.fields['url.original'] ?? path ?? ''}`.trim();
    }
    setLevelByStatus(draft);
    return undefined;
  },
  table,
};
