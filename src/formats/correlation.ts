import type { KafkaRecord } from '../domain/record';
import type { Draft } from './draft';

/** Kafka headers that name a request, in the order in which they are asked. */
const REQUEST_HEADERS = ['x-request-id', 'request_id', 'x-correlation-id'];
const MAX_LENGTH = 256;

/** Only those headers that a document may be made of, as short text. */
export function correlationHeaders(headers: KafkaRecord['headers']): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['traceparent', ...REQUEST_HEADERS]) {
    const value = headers && textOf(headers, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Trace and request of the Kafka headers, where the record itself names none: the record's own word is the nearer one. */
export function takeHeaders(draft: Draft, headers: KafkaRecord['headers']): void {
  if (headers === undefined) return;
  if (draft.fields['trace.id'] === undefined) draft.setTraceParent(textOf(headers, 'traceparent'));
  for (const name of REQUEST_HEADERS) draft.fields['request_id'] ??= textOf(headers, name);
}

/** True when a document may be made of one of the headers. */
export function namesCorrelation(headers: NonNullable<KafkaRecord['headers']>): boolean {
  return Object.hasOwn(headers, 'traceparent') || REQUEST_HEADERS.some((name) => Object.hasOwn(headers, name));
}

function textOf(headers: NonNullable<KafkaRecord['headers']>, name: string): string | undefined {
  if (!Object.hasOwn(headers, name)) return undefined;
  const value = headers[name];
  const one = Array.isArray(value) ? value[0] : value;
  if (one === undefined || one.length === 0 || one.length > MAX_LENGTH) return undefined;
  return typeof one === 'string' ? one : one.toString('utf8');
}
