import type { LogScan, ScanRequest } from '../api/logs/ports';
import { PipelineError } from '../domain/errors';
import { logOf } from './log-text';
import { isViewGone, VIEW_LIFE_MS } from './log-views';
import { accountOf, isPartial, type Answer } from './search-answer';
import { toSearchError } from './search-errors';
import { NEWEST, type Pager } from './search-page';
import { toQuery, toSort } from './search-query';

interface Place {
  view: string;
  /** Sort values of the last log; absent before the first. */
  after?: NonNullable<Answer['hits']['hits'][number]['sort']>;
  total?: number;
}

/** All logs of a filter, page by page, over a point in time that the first page opens. */
export function scanLogs(pager: Pager, request: ScanRequest, signal?: AbortSignal): LogScan {
  const { filter, sort = NEWEST, fields } = request;
  const query = toQuery(filter);
  const selection = { query, sort: toSort(sort), ...(fields ? { _source_includes: [...fields] } : {}) };
  let place: Place | undefined;
  return {
    async next(size) {
      place ??= { view: await openView(pager, request, signal) };
      const { view, after, total: counted } = place;
      const answer = await ask(
        pager,
        {
          ...{ ...selection, size, pit: { id: view, keep_alive: `${VIEW_LIFE_MS}ms` } },
          ...(after ? { search_after: after, track_total_hits: false } : {}),
        },
        signal,
      );
      if (isPartial(answer)) throw new PipelineError('elasticsearch_unavailable', 'not every shard answered in time');
      const { hits } = answer.hits;
      const total = counted ?? accountOf(answer).total.value;
      const last = hits.at(-1)?.sort ?? after;
      place = { view: answer.pit_id ?? view, total, ...(last ? { after: last } : {}) };
      return { logs: hits.map(logOf), total };
    },
    close() {
      if (place) pager.views.close(place.view);
      place = undefined;
    },
  };
}

/** @throws PipelineError when the indices cannot be frozen: without that a scan has no end, nor a count */
async function openView(pager: Pager, { filter }: ScanRequest, signal?: AbortSignal): Promise<string> {
  const query = toQuery(filter);
  const view = await pager.views.open(query, signal, Infinity);
  if (view !== undefined) return view;
  // A plain search says why, unless it is that there are too many.
  const answer = await ask(pager, { query, size: 0, track_total_hits: false }, signal);
  if (isPartial(answer)) throw new PipelineError('elasticsearch_unavailable', 'not every shard answered in time');
  throw new PipelineError('elasticsearch_throttled', 'there are too many frozen views');
}

async function ask({ send }: Pager, body: Parameters<Pager['send']>[0], signal?: AbortSignal): Promise<Answer> {
  try {
    return await send(body, signal);
  } catch (error) {
    if (isViewGone(error)) throw new PipelineError('elasticsearch_unavailable', 'the frozen view is gone');
    throw toSearchError(error);
  }
}
