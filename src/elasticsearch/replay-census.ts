import type { Client } from '@elastic/elasticsearch';
import type { PartitionRange } from '../activities/ports';
import type { ReplayCensus, StoredVerdicts } from '../activities/replay-ports';
import { letterIndexPatterns, SETTLED_LETTER_STATES } from '../domain/dead-letter';
import { documentId, indexName, logIndexPatterns } from '../domain/ids';
import type { Anomaly } from '../domain/record';
import { lookUp } from './document-lookup';
import { letterQuery, rangeQuery } from './fate-reader';
import type { Query } from './search-query';
import { asPipelineError } from './send-bulk';

/** Ranges of one search. */
const RANGES = 100;

/** Counts what of ranges is in the indices of a prefix. */
export function createReplayCensus(client: Client, settings: { indexPrefix: string }): ReplayCensus {
  const logs = logIndexPatterns(settings.indexPrefix);
  const letters = letterIndexPatterns(settings.indexPrefix);

  async function count(index: string[], queries: Query[]): Promise<number[]> {
    const answer = await client
      .search(
        {
          ...{ index, ignore_unavailable: true, allow_no_indices: true, allow_partial_search_results: false },
          ...{ size: 0, track_total_hits: false, aggs: { ranges: { filters: { filters: queries } } } },
        },
        { maxRetries: 0 },
      )
      .catch((error: unknown) => {
        throw asPipelineError(error, 'counting');
      });
    const { buckets = [] } = (answer.aggregations?.['ranges'] ?? {}) as { buckets?: { doc_count: number }[] };
    return queries.map((_query, position) => buckets[position]?.doc_count ?? 0);
  }

  return {
    async refresh() {
      await client.indices
        .refresh({ index: [...logs, ...letters], ignore_unavailable: true }, { maxRetries: 0 })
        .catch((error: unknown) => {
          throw asPipelineError(error, 'counting');
        });
    },
    async count(ranges) {
      const found: { documents: number; deadLetters: number }[] = [];
      for (let start = 0; start < ranges.length; start += RANGES) {
        const some: readonly PartitionRange[] = ranges.slice(start, start + RANGES);
        const [documents, all, settled] = await Promise.all([
          count(logs, some.map(rangeQuery)),
          count(
            letters,
            some.map((range) => letterQuery(range)),
          ),
          count(
            letters,
            some.map((range) => letterQuery(range, SETTLED_LETTER_STATES)),
          ),
        ]);
        found.push(
          ...some.map((_range, position) => ({
            documents: documents[position]!,
            deadLetters: all[position]! - settled[position]!,
          })),
        );
      }
      return found;
    },
  };
}

/** Reads what documents say of their records. */
export function createStoredVerdicts(
  client: Client,
  settings: { indexPrefix: string; oldestDay?: string | undefined },
): StoredVerdicts {
  return {
    async read({ generation, partition }, records) {
      const docs = records.map(({ offset, timestamp }) => ({
        _index: indexName(settings.indexPrefix, timestamp, settings.oldestDay),
        _id: documentId({ generation, partition, offset }),
      }));
      const fields = ['anomaly.score', 'anomaly.is_anomaly'];
      const found = await lookUp<{ anomaly?: Pick<Anomaly, 'score' | 'is_anomaly'> }>(client, docs, fields);
      return found.map((doc) => {
        const anomaly = doc?._source?.anomaly;
        return anomaly && { score: anomaly.score, isAnomaly: anomaly.is_anomaly };
      });
    },
  };
}
