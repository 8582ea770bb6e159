import type { z } from 'zod';
import type { LogFilter, StatusFilter } from './ports';
import { MAX_RESULT_WINDOW, type anomaliesQuery, type logsQuery, type statsQuery } from './schemas/log-queries';
import { resolveTime } from './time';
import { invalidParameters } from './validate';

type AnyLogQuery = z.output<typeof logsQuery> | z.output<typeof statsQuery> | z.output<typeof anomaliesQuery>;

/**
 * What a checked query selects, its relative times fixed at `now`.
 *
 * @throws Problem invalid_parameter when the time range runs backwards
 */
export function toFilter(query: AnyLogQuery, now: number): LogFilter {
  const fromMs = resolveTime(query.from, now);
  const toMs = resolveTime(query.to, now);
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw invalidParameters([{ parameter: 'from', detail: 'must not be later than to' }]);
  }
  return {
    services: query.service,
    levels: query.level,
    severities: query.severity,
    status: query.status_code && toStatusFilter(query.status_code),
    requestId: query.request_id,
    text: query.q,
    fromMs,
    toMs,
    anomaly: 'anomaly' in query ? query.anomaly : undefined,
    minScore: 'min_score' in query ? query.min_score : undefined,
  };
}

function toStatusFilter(values: readonly string[]): StatusFilter {
  const isClass = (value: string) => value.endsWith('xx');
  return {
    codes: values.filter((value) => !isClass(value)).map(Number),
    classes: values.filter(isClass).map((value) => Number(value[0])),
  };
}

/** @throws Problem invalid_parameter when the page lies deeper than Elasticsearch sorts */
export function checkDepth({ page, size }: { page: number; size: number }): void {
  if (page * size <= MAX_RESULT_WINDOW) return;
  const detail = `page * size is ${page * size}, at most ${MAX_RESULT_WINDOW}; narrow the time range with from and to instead`;
  throw invalidParameters([{ parameter: 'page', detail }]);
}
