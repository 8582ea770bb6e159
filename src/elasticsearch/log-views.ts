import { errors, type Client } from '@elastic/elasticsearch';
import type { Query } from './search-query';

/** A view lives this long after its last page. */
export const VIEW_LIFE_MS = 5 * 60_000;
/** Views that may live at a time, for this process: each keeps segments on Elasticsearch's disk that a merge would free. */
const MAX_VIEWS = 500;
/** Longest name of a view that still fits, packed, into an address: one of some 250 shards does. */
const MAX_NAME = 36_000;

/** Frozen views of the log indices (points in time), so that pages over them neither shift nor overlap. */
export interface LogViews {
  /**
   * @param filter indices that hold nothing of it stay out of the view
   * @param maxName longest name that will do; what fits into an address unless given
   * @returns undefined when it cannot be had; the caller goes on without
   */
  open(filter: Query, signal?: AbortSignal, maxName?: number): Promise<string | undefined>;
  /** Says that a view will not be needed; never throws. */
  close(view: string): void;
}

export function createLogViews(client: Client, index: string[], requestTimeout: number, now = Date.now): LogViews {
  const ends: number[] = [];
  const close = (view: string) => {
    ends.pop();
    client.closePointInTime({ id: view }, { requestTimeout }).catch(() => undefined);
  };
  return {
    close,
    async open(filter, signal, maxName = MAX_NAME) {
      while (ends.length > 0 && ends[0]! <= now()) ends.shift();
      if (ends.length >= MAX_VIEWS) return undefined;
      ends.push(now() + VIEW_LIFE_MS);
      const keep_alive = `${VIEW_LIFE_MS}ms`;
      const patience = { requestTimeout, ...(signal ? { signal } : {}) };
      try {
        const request = { index, ignore_unavailable: true, keep_alive, index_filter: filter };
        const { id } = await client.openPointInTime(request, patience);
        if (id.length <= maxName) return id;
        close(id);
      } catch {
        // A shard is away, or Elasticsearch is: the search that follows says which, in its own answer.
        ends.pop();
        signal?.throwIfAborted();
      }
      return undefined;
    },
  };
}

const GONE = new Set(['search_context_missing_exception', 'index_not_found_exception']);

/** Whether a search failed because its view, or an index in it, is no more. */
export function isViewGone(error: unknown): boolean {
  if (!(error instanceof errors.ResponseError) || error.statusCode !== 404) return false;
  const { error: told } = (error.body ?? {}) as { error?: { root_cause?: { type?: string }[] } };
  return told?.root_cause?.some(({ type = '' }) => GONE.has(type)) ?? false;
}
