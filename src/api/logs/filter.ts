import type { z } from 'zod';
import { allOf, anyOf, noneOf, type Expression } from '../query/expression';
import { readQuery } from '../query/read-query';
import { fieldFilters, type filters, type Wanted } from '../schemas/log-filters';
import { MAX_RESULT_WINDOW } from '../schemas/log-queries';
import { resolveTime } from '../time';
import { invalidParameters } from '../validate';
import type { LogFilter } from './ports';

type AnyLogQuery = Partial<z.output<z.ZodObject<typeof filters>>> & {
  anomaly?: boolean | undefined;
  min_score?: number | undefined;
};

const LISTS = [...(Object.keys(fieldFilters) as (keyof typeof fieldFilters)[]), 'attribute' as const];

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
  const conditions = LISTS.flatMap((name) => listConditions(query[name] ?? []));
  if (query.anomaly !== undefined) {
    conditions.push({ kind: 'equals', field: 'anomaly.is_anomaly', values: [query.anomaly] });
  }
  if (query.min_score !== undefined) conditions.push({ kind: 'range', field: 'anomaly.score', gte: query.min_score });
  if (query.q !== undefined) conditions.push(readQuery(query.q, now));
  return { where: allOf(conditions), fromMs, toMs };
}

/** Any of the values that are wanted, and none of those that are not. */
function listConditions(values: readonly Wanted[]): Expression[] {
  const wanted = values.filter(({ negated }) => !negated).map(({ condition }) => condition);
  const unwanted = values.filter(({ negated }) => negated).map(({ condition }) => condition);
  return [...(wanted.length > 0 ? [anyOf(wanted)] : []), ...(unwanted.length > 0 ? [noneOf(anyOf(unwanted))] : [])];
}

/** @throws Problem invalid_parameter when both ways of paging are asked for, or the page lies too deep to be sorted */
export function checkPaging({
  page,
  size,
  cursor,
}: {
  page?: number | undefined;
  size: number;
  cursor?: string | undefined;
}) {
  if (page === undefined) return;
  if (cursor !== undefined) {
    throw invalidParameters([{ parameter: 'page', detail: 'must not be given with cursor, which knows its page' }]);
  }
  if (page * size <= MAX_RESULT_WINDOW) return;
  const detail = `page * size is ${page * size}, at most ${MAX_RESULT_WINDOW}; leave page out and follow next_cursor instead`;
  throw invalidParameters([{ parameter: 'page', detail }]);
}
