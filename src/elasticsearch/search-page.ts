import type { estypes } from '@elastic/elasticsearch';
import type { LogPage, LogSort, PageRequest, Position } from '../api/logs/ports';
import { PipelineError } from '../domain/errors';
import { logsOf } from './log-text';
import { isViewGone, VIEW_LIFE_MS, type LogViews } from './log-views';
import { accountOf, isPartial, type Answer, type Ask } from './search-answer';
import { toSearchError } from './search-errors';
import { highlighting } from './search-highlight';
import { toQuery, toSort } from './search-query';

/** What pages are made with: `send` leaves errors as they come. */
export interface Pager {
  send: Ask;
  views: LogViews;
}

/** The order of logs where none is asked for. */
export const NEWEST: LogSort = { by: 'time', descending: true };

/**
 * One page of records.
 *
 * @param extra what else to ask in the same search
 * @returns undefined when the view of the position is gone
 */
export async function searchPage(
  { send, views }: Pager,
  request: PageRequest,
  extra: estypes.SearchRequest,
  signal?: AbortSignal,
): Promise<{ page: LogPage; answer: Answer } | undefined> {
  const query = toQuery(request.filter);
  const { position } = request;
  const wanted = request.freeze === true || position !== undefined;
  const view = wanted ? (position?.view ?? (await views.open(query, signal))) : undefined;
  let answer: Answer;
  try {
    answer = await send({ ...pageBody(request, view), query, ...extra }, signal);
  } catch (error) {
    if (position && isViewGone(error)) return undefined;
    throw toSearchError(error);
  }
  if (position && isPartial(answer)) {
    if (lostView(answer)) return undefined;
    // Going on behind a page with a hole in it would leave out records without a word.
    throw new PipelineError('elasticsearch_unavailable', 'not every shard answered in time for the next page');
  }
  const account = accountOf(answer, position?.view === undefined ? undefined : position.total);
  const next = request.page === undefined ? nextPosition(answer, request.size, account, view) : undefined;
  // Nobody can ask for more of this view: nobody was told its name.
  if (position?.view === undefined && view !== undefined && !next) views.close(view);
  return { answer, page: { ...account, logs: logsOf(answer.hits.hits), next } };
}

function pageBody({ size, sort = NEWEST, page, position, fields, highlight }: PageRequest, view: string | undefined) {
  return {
    size,
    sort: toSort(sort),
    ...(page === undefined ? {} : { from: (page - 1) * size }),
    ...(view === undefined ? {} : { pit: { id: view, keep_alive: `${VIEW_LIFE_MS}ms` } }),
    ...(position ? { search_after: [...position.after] } : {}),
    // The first page of a view has counted for all.
    ...(position?.view === undefined ? {} : { track_total_hits: false }),
    ...(fields ? { _source_includes: [...fields] } : {}),
    ...(highlight ? { highlight: highlighting } : {}),
  };
}

function nextPosition(
  { hits: { hits }, pit_id: renamed }: Answer,
  size: number,
  { total, partial }: Pick<LogPage, 'total' | 'partial'>,
  view: string | undefined,
): Position | undefined {
  const after = hits.at(-1)?.sort as Position['after'] | undefined;
  if (partial || !after || hits.length < size) return undefined;
  return { view: view === undefined ? undefined : (renamed ?? view), after, total: total.value };
}

/** A part of the view can be gone while the rest answers. */
export function lostView({ _shards }: Answer): boolean {
  return (_shards.failures ?? []).some(({ reason }) => reason.type === 'search_context_missing_exception');
}
