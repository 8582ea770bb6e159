import type { Draft } from './draft';
import { define } from './define';
import { alsoService, duration, label, pid, service, status, text } from './field-rules';
import { fieldTable, isObject, setCopiesApart, takeFields } from './fields';
import { hasAny, type FormatProblem, type JsonFormat } from './format';

/** Attributes of a log record and of its resource, after OpenTelemetry's semantic conventions, newer names first. */
const table = fieldTable({
  'service.name': service(0),
  'k8s.container.name': service(3),
  'container.name': service(3),
  'k8s.pod.name': service(4),
  'host.name': alsoService(text('host.name'), 8),
  'exception.type': text('error.type'),
  'exception.message': text('error.message'),
  'exception.stacktrace': text('error.stack_trace'),
  'error.code': label('error_code'),
  'http.request.method': text('method'),
  'http.method': text('method'),
  'http.response.status_code': status(),
  'http.status_code': status(),
  'url.path': text('path'),
  'http.target': text('path'),
  'url.query': text('url.query'),
  'url.full': text('url.full'),
  'http.url': text('url.full'),
  'client.address': text('client.ip'),
  'user_agent.original': text('user_agent.original'),
  'user.id': label('user_id'),
  'enduser.id': label('user_id'),
  'http.request.id': label('request_id'),
  request_id: label('request_id'),
  response_time_ms: duration(1),
  'process.pid': pid(),
  'thread.name': text('process.thread.name'),
  'code.namespace': text('log.logger'),
});

/** A number that was marked to be kept exact, inside a body that becomes text. */
const MARKED = /"\\u0000number\d+:([-+.\deE]+)"/g;
/** Of an attribute: the limit of every name. */
const MAX_NAME = 512;

/** A log record as OTLP/JSON: alone, or in a whole export request. One of several is given in a request of its own. */
export const otlp: JsonFormat = {
  name: 'otlp',
  marks: '`resourceLogs`, or `body` or `attributes` as OTLP has them beside a time or a severity',
  recognise: (input) =>
    Array.isArray(input['resourceLogs']) ||
    (hasAny(input, ['timeUnixNano', 'observedTimeUnixNano', 'severityNumber', 'severityText']) &&
      (isObject(input['body']) || Array.isArray(input['attributes']))),
  decode: (input, draft) =>
    Array.isArray(input['resourceLogs']) ? ofRequest(input, draft) : ofRecord(input, draft, {}),
  table,
};

/** Descends to the one record; what stands beside the way down is kept under the name of its level. */
function ofRequest(input: Record<string, unknown>, draft: Draft): FormatProblem | undefined {
  const { resourceLogs, ...request } = input;
  const resource = onlyOne(resourceLogs);
  const { scopeLogs, ...besideScopes } = resource ?? {};
  const scope = onlyOne(scopeLogs);
  const { logRecords, ...besideRecords } = scope ?? {};
  const record = onlyOne(logRecords);
  if (record === undefined) return NO_RECORD;
  const around = { request, resource_logs: besideScopes, scope_logs: besideRecords };
  return ofRecord(record, draft, around);
}

/** The only item of a list; undefined when it has another number of them, or one that is no object. */
function onlyOne(list: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(list) || list.length !== 1) return undefined;
  return isObject(list[0]) ? list[0] : undefined;
}

/** Nothing is filtered for it: a service that sends such requests wants to know. */
const NO_RECORD: FormatProblem = {
  code: 'invalid_field',
  field: 'resourceLogs',
  detail: 'no way leads to a log record, or it is no object',
};

function ofRecord(
  record: Record<string, unknown>,
  draft: Draft,
  around: Record<string, Record<string, unknown>>,
): undefined {
  const { attributes, ...own } = record;
  const otel: Record<string, unknown> = {};
  const named = objectOf(attributes);
  if (named === undefined && attributes !== undefined) otel['attributes'] = attributes;
  const left = named && takeFields(named, table, draft);
  const rest = left && setCopiesApart(left, table, draft);
  takeOwn(own, draft, otel);
  for (const [level, members] of Object.entries(around)) {
    if (Object.keys(members).length > 0) otel[level] = ofSurroundings(members, draft);
  }
  const all: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest ?? {})) {
    if (key === 'otlp') otel['attribute_otlp'] = value;
    else define(all, key, value);
  }
  if (Object.keys(otel).length > 0) all['otlp'] = otel;
  if (Object.keys(all).length > 0) draft.attributes = all;
  return undefined;
}

/** The fields of the record itself, but for its attributes. */
function takeOwn(own: Record<string, unknown>, draft: Draft, otel: Record<string, unknown>): void {
  // A time of 0 is OTLP's word for none.
  for (const name of ['timeUnixNano', 'observedTimeUnixNano'])
    if (Number(own[name] ?? 0) !== 0) draft.setTime(own[name]);
  draft.setLevel(own['severityNumber'], 'otel');
  draft.setLevel(own['severityText'], 'otel');
  for (const [key, value] of Object.entries(own)) {
    if (key === 'body' && setBody(value, draft)) continue;
    if (key === 'traceId' && setId('trace.id', value, draft)) continue;
    if (key === 'spanId' && setId('span.id', value, draft)) continue;
    if (isToldAs(key, value, draft) && draft.keepAsItCame(`otlp.${key}`, value, () => true)) continue;
    define(otel, key, value);
  }
}

/** The time that was taken, or the other one, which nobody searches by; and the level by its number or name. */
function isToldAs(key: string, value: unknown, { time, levelFrom }: Draft): boolean {
  if (key === 'timeUnixNano' || key === 'observedTimeUnixNano') return time !== undefined && typeof value !== 'object';
  return (key === 'severityNumber' || key === 'severityText') && levelFrom === value;
}

function setBody(body: unknown, { fields }: Draft): boolean {
  const value = unwrap(body);
  if (typeof value === 'string') fields['message'] = value;
  // A structured body: its own message if it has one, and all of it as JSON otherwise.
  else if (isObject(value) && typeof value['message'] === 'string') fields['message'] = value['message'];
  else if (value !== undefined && value !== null) fields['message'] = JSON.stringify(value).replace(MARKED, '$1');
  return typeof value === 'string' && isObject(body);
}

function setId(field: string, value: unknown, { fields }: Draft): boolean {
  if (typeof value !== 'string' || !/^[\da-f]+$/i.test(value) || /^0+$/.test(value)) return false;
  fields[field] = value;
  return true;
}

function ofSurroundings(members: Record<string, unknown>, draft: Draft): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => {
      if (!isObject(value)) return [key, value];
      if (key === 'scope' && typeof value['name'] === 'string') draft.fields['log.logger'] ??= value['name'];
      const named = objectOf(value['attributes']);
      if (named === undefined) return [key, value];
      return [key, { ...value, attributes: takeFields(named, table, draft) ?? {} }];
    }),
  );
}

/** A list of keys and values as an object; undefined when it is none, or has a key twice. */
function objectOf(list: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined;
  const found: Record<string, unknown> = {};
  for (const pair of list as unknown[]) {
    if (!isObject(pair) || typeof pair['key'] !== 'string' || Object.keys(pair).length !== 2) return undefined;
    if (Object.hasOwn(found, pair['key']) || pair['key'].length > MAX_NAME || pair['key'].includes('\0'))
      return undefined;
    define(found, pair['key'], unwrap(pair['value']));
  }
  return found;
}

/** A value without the wrapping that names its type; bytes and integers that would be altered keep it. */
function unwrap(value: unknown): unknown {
  if (!isObject(value)) return value;
  const [kind, more] = Object.keys(value);
  if (kind === undefined || more !== undefined) return value;
  const inner = value[kind];
  if (kind === 'stringValue' || kind === 'boolValue' || kind === 'doubleValue') return inner;
  if (kind === 'intValue') {
    if (typeof inner !== 'string') return inner;
    return /^(?:0|-?[1-9]\d{0,14})$/.test(inner) ? Number(inner) : value;
  }
  if (kind === 'arrayValue' && isObject(inner) && Array.isArray(inner['values'])) return inner['values'].map(unwrap);
  if (kind === 'kvlistValue' && isObject(inner)) return objectOf(inner['values']) ?? value;
  return value;
}
