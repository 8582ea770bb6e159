import type { Client, estypes } from '@elastic/elasticsearch';
import { letterIndexPatterns, noLetters, type LetterCounts, type LetterState } from '../domain/dead-letter';
import { documentsOf } from './dead-letter-document';
import { ADDED, addedBy, WITH_DOCUMENTS, type AddedSums } from './letter-sums';
import { asPipelineError } from './send-bulk';

/** Letters of one partition; of all its offsets unless a range is given, `to` exclusive. */
export interface LetterRange {
  generation: number;
  partition: number;
  from?: number | undefined;
  to?: number | undefined;
}

/** A letter as an audit sees it. */
export interface LetterMark {
  offset: number;
  state: LetterState;
  /** Documents that its message had when it was dead-lettered. */
  kept: number;
  /** Those that it has by now. */
  documents: number;
}

/**
 * What the ledger and the audit ask of the dead letters. Every answer covers all letters that were written before the
 * call. All calls throw PipelineError elasticsearch_*; a partial answer is none.
 */
export interface LetterAccount {
  countByState(range: LetterRange): Promise<LetterCounts>;
  /** The same for every partition of a generation. */
  countByPartition(generation: number): Promise<Map<number, LetterCounts>>;
  /**
   * Letters whose record has its document by now, and the documents that messages have got since they were dead-lettered,
   * by partition of every generation; none where there is none.
   */
  countSettled(): Promise<{ generation: number; partition: number; count: number; added: number }[]>;
  /** At most `size` letters in order of offset; the next page starts behind the last one. */
  list(range: LetterRange, size?: number): Promise<LetterMark[]>;
}

const MAX_PARTITIONS = 10_000;
const MAX_GENERATIONS = 100;
const PAGE = 10_000;

interface StateBuckets {
  buckets: { key: LetterState; doc_count: number }[];
}

/** Counts dead letters by state, in Elasticsearch. */
export function createLetterAccount(client: Client, settings: { indexPrefix: string }): LetterAccount {
  const index = letterIndexPatterns(settings.indexPrefix);
  const found = { index, ignore_unavailable: true, allow_no_indices: true };

  async function ask(body: estypes.SearchRequest): Promise<estypes.SearchResponse> {
    try {
      await client.indices.refresh(found, { maxRetries: 0 });
      return await client.search(
        { ...found, allow_partial_search_results: false, track_total_hits: false, ...body },
        { maxRetries: 0 },
      );
    } catch (error) {
      throw asPipelineError(error);
    }
  }

  const states = { terms: { field: 'state' } };
  return {
    async countByState(range) {
      const answer = await ask({ query: rangeQuery(range), size: 0, aggs: { states } });
      return countsOf(answer.aggregations?.['states'] as StateBuckets | undefined);
    },
    async countByPartition(generation) {
      const aggs = { partitions: { terms: { field: 'partition', size: MAX_PARTITIONS }, aggs: { states } } };
      const answer = await ask({ query: { term: { generation } }, size: 0, aggs });
      const { buckets = [] } = (answer.aggregations?.['partitions'] ?? {}) as {
        buckets?: { key: number; states: StateBuckets }[];
      };
      return new Map(buckets.map((bucket) => [bucket.key, countsOf(bucket.states)]));
    },
    async countSettled() {
      const partitions = { terms: { field: 'partition', size: MAX_PARTITIONS }, aggs: ADDED };
      const generations = { terms: { field: 'generation', size: MAX_GENERATIONS }, aggs: { partitions } };
      const answer = await ask({ query: WITH_DOCUMENTS, size: 0, aggs: { generations } });
      const { buckets = [] } = (answer.aggregations?.['generations'] ?? {}) as {
        buckets?: { key: number; partitions: { buckets: ({ key: number } & AddedSums)[] } }[];
      };
      return buckets.flatMap(({ key: generation, partitions: some }) =>
        some.buckets.map(({ key: partition, ...sums }) => {
          return { generation, partition, count: sums.settled.doc_count, added: addedBy(sums) };
        }),
      );
    },
    async list(range, size = PAGE) {
      const fields = ['offset', 'state', 'kept', 'documents'];
      const sort = [{ offset: { order: 'asc' as const, unmapped_type: 'long' as const } }];
      const { hits } = await ask({ query: rangeQuery(range), size, sort, _source: false, docvalue_fields: fields });
      return hits.hits.map(({ fields: values }) => {
        const { offset, ...rest } = values as { offset: number[]; state: LetterState[]; [name: string]: unknown[] };
        const [state, kept, documents] = [rest.state[0]!, rest['kept']?.[0], rest['documents']?.[0]];
        const by = { kept: Number(kept ?? 0), documents: documentsOf({ state, documents: documents as number }) };
        return { offset: offset[0]!, state, ...by };
      });
    },
  };
}

function rangeQuery({ generation, partition, from, to }: LetterRange) {
  const offset = { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) };
  return { bool: { filter: [{ term: { generation } }, { term: { partition } }, { range: { offset } }] } };
}

function countsOf(states: StateBuckets | undefined): LetterCounts {
  const counts = noLetters();
  for (const { key, doc_count: count } of states?.buckets ?? []) counts[key] = count;
  return counts;
}
