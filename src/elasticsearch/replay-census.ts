import type { Client, estypes } from '@elastic/elasticsearch';
import type { PartitionRange } from '../activities/ports';
import type { ReplayCensus, StoredVerdicts } from '../activities/replay-ports';
import { letterIndexPatterns, SETTLED_LETTER_STATES } from '../domain/dead-letter';
import { documentId, indexName, logIndexPatterns } from '../domain/ids';
import type { Anomaly } from '../domain/record';
import { lookUp } from './document-lookup';
import { letterQuery, rangeQuery, SEVERAL } from './fate-reader';
import { WITH_DOCUMENTS } from './letter-sums';
import type { Query } from './search-query';
import { asPipelineError } from './send-bulk';

/** Ranges of one search. */
const RANGES = 100;

type Aggregations = Record<string, estypes.AggregationsAggregationContainer>;

interface RangeBucket {
  doc_count: number;
  several?: { doc_count: number; offsets: { value: number } };
}

/** How many messages the documents of those with several log records are of: exact up to so many of a range. */
const OFFSETS: Aggregations = {
  several: {
    filter: SEVERAL,
    aggs: { offsets: { cardinality: { field: 'kafka.offset', precision_threshold: 40_000 } } },
  },
};

/** Counts what of ranges is in the indices of a prefix. */
export function createReplayCensus(client: Client, settings: { indexPrefix: string }): ReplayCensus {
  const logs = logIndexPatterns(settings.indexPrefix);
  const letters = letterIndexPatterns(settings.indexPrefix);

  async function ask(index: string[], queries: Query[], aggs?: Aggregations): Promise<RangeBucket[]> {
    const answer = await client
      .search(
        {
          ...{ index, ignore_unavailable: true, allow_no_indices: true, allow_partial_search_results: false },
          ...{
            size: 0,
            track_total_hits: false,
            aggs: { ranges: { filters: { filters: queries }, ...(aggs ? { aggs } : {}) } },
          },
        },
        { maxRetries: 0 },
      )
      .catch((error: unknown) => {
        throw asPipelineError(error, 'counting');
      });
    return ((answer.aggregations?.['ranges'] ?? {}) as { buckets?: RangeBucket[] }).buckets ?? [];
  }

  async function count(index: string[], queries: Query[]): Promise<number[]> {
    const buckets = await ask(index, queries);
    return queries.map((_query, position) => buckets[position]?.doc_count ?? 0);
  }

  /** Offsets with a document: of a message with several they count once. */
  async function countOffsets(ranges: readonly PartitionRange[]): Promise<number[]> {
    const buckets = await ask(logs, ranges.map(rangeQuery), OFFSETS);
    return ranges.map((_range, position) => {
      const { doc_count: documents = 0, several } = buckets[position] ?? {};
      return documents - (several?.doc_count ?? 0) + (several?.offsets.value ?? 0);
    });
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
        const [documents, all, settled, kept] = await Promise.all([
          countOffsets(some),
          count(
            letters,
            some.map((range) => letterQuery(range)),
          ),
          count(
            letters,
            some.map((range) => letterQuery(range, SETTLED_LETTER_STATES)),
          ),
          count(
            letters,
            some.map((range) => ({ bool: { filter: [letterQuery(range), WITH_DOCUMENTS] } })),
          ),
        ]);
        found.push(
          ...some.map((_range, position) => ({
            // An open letter of a message whose good log records have their documents stands for the whole of it.
            documents: documents[position]! - (kept[position]! - settled[position]!),
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
      const docs = records.map(({ offset, timestamp, part }) => ({
        _index: indexName(settings.indexPrefix, timestamp, settings.oldestDay),
        _id: documentId({ generation, partition, offset, part }),
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
