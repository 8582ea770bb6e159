import type { Client, estypes } from '@elastic/elasticsearch';
import type { AnomalyPage, LogHit, LogPage, LogSearch, PageRequest } from '../api/ports';
import { SEVERITIES } from '../domain/record';
import { accountOf, countsOf, filledCounts, type Answer, type Ask, type Buckets } from './search-answer';
import { toSearchError } from './search-errors';
import { HIGHEST_SCORE_FIRST, NEWEST_FIRST, toQuery } from './search-query';
import { searchStats } from './search-stats';

export interface LogSearchSettings {
  indexPrefix: string;
  /** Elasticsearch gives up on a query after this long and answers with what it has. */
  queryTimeoutMs: number;
}

/** How much longer the client waits than the query may take. */
const ANSWER_GRACE_MS = 1000;

/** The API's search over the indices `PREFIX-*`; without any index every answer is an empty one. */
export function createLogSearch(client: Client, settings: LogSearchSettings): LogSearch {
  const ask: Ask = async (body, signal) => {
    try {
      return await client.search(
        {
          index: `${settings.indexPrefix}-*`,
          ignore_unavailable: true,
          allow_no_indices: true,
          timeout: `${settings.queryTimeoutMs}ms`,
          track_total_hits: true,
          ...body,
        },
        { requestTimeout: settings.queryTimeoutMs + ANSWER_GRACE_MS, ...(signal ? { signal } : {}) },
      );
    } catch (error) {
      throw toSearchError(error);
    }
  };
  return {
    search: async (request, signal) => toPage(await ask({ ...pageOf(request), sort: NEWEST_FIRST }, signal)),
    anomalies: (request, signal) => searchAnomalies(ask, request, signal),
    stats: (request, signal) => searchStats(ask, request, signal),
  };
}

function pageOf({ filter, page, size }: PageRequest): estypes.SearchRequest {
  return { query: toQuery(filter), from: (page - 1) * size, size };
}

async function searchAnomalies(ask: Ask, request: PageRequest, signal?: AbortSignal): Promise<AnomalyPage> {
  const answer = await ask(
    {
      ...pageOf({ ...request, filter: { ...request.filter, anomaly: true } }),
      sort: HIGHEST_SCORE_FIRST,
      aggregations: {
        severity: { terms: { field: 'anomaly.severity', size: SEVERITIES.length } },
        rule: { terms: { field: 'anomaly.reasons.rule', size: 100 } },
      },
    },
    signal,
  );
  const { severity, rule } = (answer.aggregations ?? {}) as { severity?: Buckets; rule?: Buckets };
  return {
    ...toPage(answer),
    bySeverity: filledCounts(SEVERITIES, severity),
    byRule: countsOf(rule).map(({ key, count }) => ({ rule: key, count })),
  };
}

function toPage(answer: Answer): LogPage {
  const logs = answer.hits.hits.map((hit): LogHit => ({ ...hit._source, id: hit._id!, index: hit._index }));
  return { ...accountOf(answer), logs };
}
