import type { LogFilter } from '../api/logs/ports';
import type { TimeRange } from './bucket-width';
import type { Aggregations, Ask, Single } from './search-answer';
import { toQuery } from './search-query';

/** The range that a histogram covers: as asked, its open ends closed by the oldest record, the newest and now. */
export async function timeRange(
  ask: Ask,
  { filter, nowMs }: { filter: LogFilter; nowMs: number },
  signal?: AbortSignal,
): Promise<TimeRange | undefined> {
  const { fromMs, toMs } = filter;
  if (fromMs !== undefined && toMs !== undefined) return fromMs < toMs ? { fromMs, toMs } : undefined;
  const aggregations: Aggregations = {
    first: { min: { field: '@timestamp' } },
    last: { max: { field: '@timestamp' } },
  };
  const answer = await ask({ query: toQuery(filter), size: 0, track_total_hits: false, aggregations }, signal);
  const found = answer.aggregations as Record<'first' | 'last', Single> | undefined;
  const first = fromMs ?? found?.first.value ?? undefined;
  if (first === undefined) return undefined;
  // A range that was given a start runs to now, so that a silence shows; without one it ends with the newest record.
  const end = toMs ?? Math.max((found?.last.value ?? first) + 1, fromMs === undefined ? first : nowMs);
  return first < end ? { fromMs: first, toMs: end } : undefined;
}
