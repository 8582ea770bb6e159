import type { Client, estypes } from '@elastic/elasticsearch';
import type { FateReader, PartitionRange } from '../activities/ports';
import { letterIndexPatterns, type LetterState } from '../domain/dead-letter';
import { logIndexPatterns } from '../domain/ids';
import { ADDED, addedBy, WITH_DOCUMENTS, type AddedSums } from './letter-sums';
import type { Query } from './search-query';
import { asPipelineError } from './send-bulk';

/** Offsets of one page of those that have several documents. */
const PAGE = 10_000;

/** Counts what of a range of offsets is in the indices of a prefix. */
export function createFateReader(client: Client, settings: { indexPrefix: string }): FateReader {
  const logs = logIndexPatterns(settings.indexPrefix);
  const letters = letterIndexPatterns(settings.indexPrefix);

  async function ask(index: string[], query: Query, aggs?: Aggregations): Promise<estypes.SearchResponse> {
    return client.search({
      ...{ index, query, ignore_unavailable: true, allow_no_indices: true, allow_partial_search_results: false },
      ...{ size: 0, track_total_hits: true, ...(aggs ? { aggs } : {}) },
    });
  }

  const totalOf = async (index: string[], query: Query) => countOf(await ask(index, query));

  /** Exact, page by page: only messages with several log records are asked for. */
  async function countSeveral(query: Query): Promise<{ offsets: number; documents: number }> {
    const sum = { offsets: 0, documents: 0 };
    for (let after: Record<string, number> | undefined; ;) {
      const sources = [{ offset: { terms: { field: 'kafka.offset' } } }];
      const composite = { sources, size: PAGE, ...(after ? { after } : {}) };
      const { aggregations } = await ask(logs, query, { offsets: { composite } });
      const { buckets = [], after_key: key } = (aggregations?.['offsets'] ?? {}) as Composite;
      sum.offsets += buckets.length;
      for (const bucket of buckets) sum.documents += bucket.doc_count;
      if (buckets.length < PAGE || !key) return sum;
      after = key;
    }
  }

  return {
    async count(range) {
      try {
        // What was acknowledged is found only after a refresh.
        await client.indices.refresh({ index: [...logs, ...letters], ignore_unavailable: true });
        const [single, several, found, withDocuments] = await Promise.all([
          totalOf(logs, narrow(rangeQuery(range), { must_not: [SEVERAL] })),
          countSeveral(narrow(rangeQuery(range), { filter: [SEVERAL] })),
          ask(letters, letterQuery(range), ADDED),
          totalOf(letters, narrow(letterQuery(range), { filter: [WITH_DOCUMENTS] })),
        ]);
        const sums = found.aggregations as unknown as AddedSums | undefined;
        // A letter whose record has a document by now was a dead letter first.
        const documents = single + several.offsets - withDocuments;
        const all = single + several.documents - (sums ? addedBy(sums) : 0);
        return { documents, letters: countOf(found), moreDocuments: all - documents };
      } catch (error) {
        throw asPipelineError(error, 'count');
      }
    },
  };
}

type Aggregations = Record<string, estypes.AggregationsAggregationContainer>;

interface Composite {
  buckets?: { doc_count: number }[];
  after_key?: Record<string, number>;
}

/** Documents of messages with several log records. */
export const SEVERAL: Query = { exists: { field: 'kafka.parts' } };

function narrow(query: Query, bool: { filter?: Query[]; must_not?: Query[] }): Query {
  return { bool: { ...bool, filter: [query, ...(bool.filter ?? [])] } };
}

function countOf({ hits: { total } }: estypes.SearchResponse): number {
  return typeof total === 'number' ? total : (total?.value ?? 0);
}

/** The documents of a range. A document without a generation is of the first one. */
export function rangeQuery({ generation, partition, from, to }: PartitionRange) {
  const ofFirst = { bool: { must_not: { exists: { field: 'kafka.generation' } } } };
  return {
    bool: {
      filter: [
        { term: { 'kafka.partition': partition } },
        { range: { 'kafka.offset': { gte: from, lt: to } } },
        generation === 1 ? ofFirst : { term: { 'kafka.generation': generation } },
      ],
    },
  };
}

/** The dead letters of a range, those of some states where states are named. */
export function letterQuery(
  { generation, partition, from, to }: PartitionRange,
  states?: readonly LetterState[],
): Query {
  return {
    bool: {
      filter: [
        { term: { generation } },
        { term: { partition } },
        { range: { offset: { gte: from, lt: to } } },
        ...(states ? [{ terms: { state: [...states] } }] : []),
      ],
    },
  };
}
