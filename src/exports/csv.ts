import type { LogHit } from '../api/logs/ports';

/** Columns of an export that names no fields: each field of a document, and `attributes` as one. */
const COLUMNS = [
  ...['id', 'index', '@timestamp', 'service', 'level', 'message', 'request_id', 'status_code', 'user_id', 'path'],
  ...['method', 'response_time_ms', 'error_code', 'tags', 'trace.id', 'span.id'],
  ...['error.type', 'error.message', 'error.stack_trace', 'host.name', 'log.logger'],
  ...['process.pid', 'process.name', 'process.thread.name', 'client.ip', 'user_agent.original'],
  ...['url.original', 'url.full', 'url.query', 'url.domain', 'attributes'],
  ...['event.format', 'event.time_source', 'event.time_suspect', 'event.original', 'event.fields'],
  ...['anomaly.score', 'anomaly.severity', 'anomaly.is_anomaly', 'anomaly.reasons'],
  ...['kafka.partition', 'kafka.offset', 'kafka.part', 'kafka.parts', 'kafka.timestamp', 'kafka.generation'],
  ...['ingested_at', 'epoch', 'record_hash', 'edited'],
] as const;

/** Paths of the columns: all of them, or id, index and the fields that were asked for, in their order. */
export function csvColumns(fields: readonly string[] | undefined): string[] {
  return [...new Set(fields ? ['id', 'index', ...fields] : COLUMNS)];
}

/** A line with the names of the columns. They are ours, or begin with `attributes.`: none can be a formula of a stranger. */
export function csvHead(columns: readonly string[]): string {
  return `${columns.map(quoted).join(',')}\r\n`;
}

/** A log as one row, its line break included. A field that the log does not have is an empty cell. */
export function csvRow(log: LogHit, columns: readonly string[]): string {
  return `${columns.map((path) => cell(valueAt(log, path.split('.')))).join(',')}\r\n`;
}

/** What a spreadsheet may take for a formula: OWASP's list, its full-width twins, and the apostrophe that takes it back. */
const FORMULA = /^['=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * A value as a cell: numbers and booleans as JSON has them, lists and objects as JSON, an empty text as `""` and nothing
 * for no value. A text that could be a formula gets an apostrophe before it, as does one that begins with an apostrophe:
 * whoever takes one leading apostrophe off each text has the text as it was logged.
 */
function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return quoted(JSON.stringify(value));
  if (value === '') return '""';
  return quoted(FORMULA.test(value) ? `'${value}` : value);
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The value at a path, of whose names any may have dots in the document: `a.b` is a key, or `b` within `a`. */
function valueAt(from: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return from;
  if (typeof from !== 'object' || from === null || Array.isArray(from)) return undefined;
  for (let length = 1; length <= names.length; length++) {
    const key = names.slice(0, length).join('.');
    if (!Object.hasOwn(from, key)) continue;
    const value = valueAt((from as Record<string, unknown>)[key], names.slice(length));
    if (value !== undefined) return value;
  }
  return undefined;
}
