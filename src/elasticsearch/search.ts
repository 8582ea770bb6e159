import { errors, type Client } from '@elastic/elasticsearch';
import type { LogSearch } from '../api/logs/ports';
import { PipelineError } from '../domain/errors';
import { logIndexPatterns } from '../domain/ids';
import { logOf } from './log-text';
import { createLogViews } from './log-views';
import { createPageRoom } from './page-room';
import { searchAnomalies } from './search-anomalies';
import { isPartial, type Ask } from './search-answer';
import { searchContext } from './search-context';
import { toSearchError } from './search-errors';
import { searchFacets } from './search-facets';
import { searchHistogram } from './search-histogram';
import { searchPage, type Pager } from './search-page';
import { scanLogs } from './search-scan';
import { searchStats } from './search-stats';
import { searchSummary } from './search-summary';
import { withShards } from './shard-patience';

export interface LogSearchSettings {
  indexPrefix: string;
  /** Elasticsearch gives up on a query after this long and answers with what it has. */
  queryTimeoutMs: number;
}

/** How much longer the client waits than the query may take. */
const ANSWER_GRACE_MS = 1000;
/** Largest answer that is read: much larger ones could not be held, let alone several. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Of a search that does not say. */
const STANDARD_SIZE = 10;

/**
 * The API's search over our indices, named by day, and not over those of a prefix that begins with ours; without any
 * index every answer is an empty one, and an index that was made just now is waited for.
 */
export function createLogSearch(client: Client, settings: LogSearchSettings): LogSearch {
  const index = logIndexPatterns(settings.indexPrefix);
  const requestTimeout = settings.queryTimeoutMs + ANSWER_GRACE_MS;
  const room = createPageRoom();
  const sendWithin =
    (maxResponseSize: number | undefined): Ask =>
    async (body, signal) => {
      // A view knows its indices.
      const where = body.pit ? {} : { index, ignore_unavailable: true, allow_no_indices: true };
      const limits = { timeout: `${settings.queryTimeoutMs}ms`, track_total_hits: true };
      const options = {
        requestTimeout,
        ...(maxResponseSize === undefined ? {} : { maxResponseSize }),
        ...(signal ? { signal } : {}),
      };
      const leave = await room.take(body.size ?? STANDARD_SIZE, signal);
      try {
        return await withShards(() => client.search({ ...where, ...limits, ...body }, options), { signal });
      } catch (error) {
        // Nobody else gives a request up.
        if (error instanceof errors.RequestAbortedError && !signal?.aborted) throw tooLarge();
        throw error;
      } finally {
        leave();
      }
    };
  const send = sendWithin(MAX_ANSWER_BYTES);
  const ask: Ask = async (body, signal) => {
    try {
      return await send(body, signal);
    } catch (error) {
      throw toSearchError(error);
    }
  };
  const pager: Pager = { send, views: createLogViews(client, index, requestTimeout) };
  return {
    search: async (request, signal) => (await searchPage(pager, request, {}, signal))?.page ?? 'expired',
    // Whose pages follow the size of the logs.
    scan: (request, signal) => scanLogs({ ...pager, send: sendWithin(undefined) }, request, signal),
    anomalies: async (request, signal) => (await searchAnomalies(pager, request, signal)) ?? 'expired',
    get: (id, fields, signal) => getLog(ask, id, fields, signal),
    context: (request, signal) => searchContext(ask, request, signal),
    summary: (filter, signal) => searchSummary(ask, filter, signal),
    stats: (request, signal) => searchStats(ask, request, signal),
    histogram: (request, signal) => searchHistogram(ask, request, signal),
    facets: (request, signal) => searchFacets(ask, request, signal),
  };
}

function tooLarge(): RangeError {
  return new RangeError(
    `gives an answer of more than ${MAX_ANSWER_BYTES / 2 ** 20} MiB; ask for fewer logs, or for less of them by fields`,
  );
}

/** An id does not say its day: it is searched for. */
async function getLog(ask: Ask, id: string, fields: readonly string[] | undefined, signal?: AbortSignal) {
  const source = fields ? { _source_includes: [...fields] } : {};
  const answer = await ask({ query: { ids: { values: [id] } }, size: 1, ...source }, signal);
  const [hit] = answer.hits.hits;
  if (hit) return logOf(hit);
  if (isPartial(answer)) throw new PipelineError('elasticsearch_unavailable', 'not every shard answered in time');
  return undefined;
}
