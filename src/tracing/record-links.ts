import { isSpanContextValid, TraceFlags, type Link } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { KafkaRecord } from '../domain/record';

/** Links of one span, as many as OpenTelemetry keeps by default. */
export const MAX_LINKS = 128;

/**
 * Links to the spans in which these records were made, by their `traceparent` headers: each once, at most
 * {@link MAX_LINKS}. Only those that were sampled, since nobody has the others.
 */
export function linksOf(records: readonly KafkaRecord[]): Link[] {
  const found = new Map<string, Link>();
  for (const { headers } of records) {
    const header = headers?.['traceparent'];
    if (header === undefined) continue;
    const context = parseTraceParent(String(Array.isArray(header) ? header[0] : header));
    if (!context || !isSpanContextValid(context) || !(context.traceFlags & TraceFlags.SAMPLED)) continue;
    found.set(`${context.traceId}-${context.spanId}`, { context: { ...context, isRemote: true } });
    if (found.size === MAX_LINKS) break;
  }
  return [...found.values()];
}
