import type { Client, estypes } from '@elastic/elasticsearch';
import type { LogFilter } from '../api/logs/ports';
import type { TailHit, TailPlace, TailPoint, TailRange, TailSource } from '../api/tail/ports';
import { PipelineError } from '../domain/errors';
import { documentId, logIndexPatterns } from '../domain/ids';
import type { LetterAccount } from './dead-letter-account';
import { isPartial, toHit, type Answer } from './search-answer';
import { ofGeneration } from './search-context';
import { toSearchError } from './search-errors';
import { toQuery, type Query } from './search-query';

type Hit = Answer['hits']['hits'][number];

export interface TailSourceSettings {
  indexPrefix: string;
  queryTimeoutMs: number;
}

const ANSWER_GRACE_MS = 1000;
/** The same copies of a shard answer all questions about a range: another copy may lie a refresh behind. */
const PREFERENCE = 'sluice-tail';

const IN_ORDER: estypes.Sort = [
  { 'kafka.partition': { order: 'asc', unmapped_type: 'integer' } },
  { 'kafka.generation': { order: 'asc', unmapped_type: 'short', missing: 1 } },
  { 'kafka.offset': { order: 'asc', unmapped_type: 'long' } },
  { 'kafka.part': { order: 'asc', unmapped_type: 'short', missing: 0 } },
];

/** The stored logs as a tail reads them. A page answers for many tails at once: each log says whose filters it matches. */
export function createTailSource(
  client: Client,
  { indexPrefix, queryTimeoutMs }: TailSourceSettings,
  letters: Pick<LetterAccount, 'list'>,
): TailSource {
  const where = { index: logIndexPatterns(indexPrefix), ignore_unavailable: true, allow_no_indices: true };
  const patience = { requestTimeout: queryTimeoutMs + ANSWER_GRACE_MS };

  async function ask(body: estypes.SearchRequest, signal?: AbortSignal): Promise<Answer> {
    const limits = { timeout: `${queryTimeoutMs}ms`, preference: PREFERENCE, track_total_hits: false };
    const options = { ...patience, ...(signal ? { signal } : {}) };
    const answer = await told(client.search<Record<string, unknown>>({ ...where, ...limits, ...body }, options));
    if (isPartial(answer)) throw new PipelineError('elasticsearch_unavailable', 'not every shard answered in time');
    return answer;
  }

  return {
    async count(ranges) {
      if (ranges.length === 0) return [];
      const filters = Object.fromEntries(ranges.map((range, at) => [String(at), inRange(range, range.without)]));
      const query = anyOf(ranges.map((range) => inRange(range)));
      const { aggregations } = await ask({ size: 0, query, aggs: { ranges: { filters: { filters } } } });
      // Without any index there is no aggregation either.
      const { buckets = {} } = (aggregations?.['ranges'] ?? {}) as { buckets?: Record<string, { doc_count: number }> };
      return ranges.map((_, at) => buckets[String(at)]?.doc_count ?? 0);
    },
    letters: (range) => letters.list(range),
    async refresh() {
      const { _shards } = await told(client.indices.refresh(where, patience));
      if (_shards && _shards.failed > 0) throw new PipelineError('elasticsearch_unavailable', 'a refresh failed');
    },
    async read(ranges, filters, { size, after }, signal) {
      const answer = await ask(
        {
          query: { bool: { filter: [anyOf(ranges.map((range) => inRange(range))), anyOf(filters.map(named))] } },
          sort: IN_ORDER,
          size,
          ...(after ? { search_after: [...after] } : {}),
        },
        signal,
      );
      const { hits } = answer.hits;
      const last = hits.length === size ? hits.at(-1) : undefined;
      return { hits: hits.flatMap(toTailHit), after: last && placeOf(last) };
    },
    async begins(range, signal) {
      const { partition, generation } = range;
      const first = await ask({ ...byOffset, query: inRange(range) }, signal);
      const earlier = await ask(
        { ...byOffset, query: inRange({ partition, generation, from: 0, to: range.from }) },
        signal,
      );
      const hit = first.hits.hits[0];
      return { first: hit && Number(hit.sort![0]), hasEarlier: earlier.hits.hits.length > 0 };
    },
    async since(timeMs, partitions, signal) {
      const found = new Map<number, TailPoint>();
      const search = async (partition: number) => {
        const { hits } = await ask({ ...byOffset, sort: NEWEST_LIFE, query: from(timeMs, partition) }, signal);
        const [generation, offset] = (hits.hits[0]?.sort ?? []) as number[];
        if (generation !== undefined && offset !== undefined) found.set(partition, { generation, offset });
      };
      await Promise.all(partitions.map(search));
      return found;
    },
  };
}

const byOffset = {
  size: 1,
  _source: false,
  sort: [{ 'kafka.offset': { order: 'asc', unmapped_type: 'long' } }],
} satisfies estypes.SearchRequest;

const NEWEST_LIFE: estypes.Sort = [
  { 'kafka.generation': { order: 'desc', unmapped_type: 'short', missing: 1 } },
  { 'kafka.offset': { order: 'asc', unmapped_type: 'long' } },
];

function from(timeMs: number, partition: number): Query {
  const recent = { range: { '@timestamp': { gte: timeMs, format: 'epoch_millis' } } };
  const taken = { range: { 'kafka.timestamp': { gte: timeMs, format: 'epoch_millis' } } };
  return { bool: { filter: [{ term: { 'kafka.partition': partition } }, anyOf([recent, taken])] } };
}

function inRange(
  { partition, generation, from: gte, to: lt, fromPart }: TailRange,
  without: readonly number[] = [],
): Query {
  const hidden: Query[] = without.length > 0 ? [{ terms: { 'kafka.offset': [...without] } }] : [];
  if (fromPart !== undefined) {
    const behind = { range: { 'kafka.part': { lt: fromPart } } };
    hidden.push({ bool: { filter: [{ term: { 'kafka.offset': gte } }, behind] } });
  }
  return {
    bool: {
      filter: [
        { term: { 'kafka.partition': partition } },
        ofGeneration(generation),
        { range: { 'kafka.offset': { gte, lt } } },
      ],
      ...(hidden.length > 0 ? { must_not: hidden } : {}),
    },
  };
}

function anyOf(queries: Query[]): Query {
  return queries.length === 1 ? queries[0]! : { bool: { should: queries, minimum_should_match: 1 } };
}

/** A filter whose place in the list comes back with each log that it matches. */
function named(filter: LogFilter, at: number): Query {
  return { bool: { filter: [toQuery(filter)], _name: String(at) } };
}

function placeOf({ sort }: Hit): TailPlace {
  const [partition, generation, offset, part] = sort as number[];
  return [partition!, generation!, offset!, part!];
}

/** None for a document that stands in the place of a log and is none of ours. */
function toTailHit(hit: Hit): TailHit[] {
  const [partition, generation, offset, part] = placeOf(hit);
  const { parts: of } = (hit._source?.['kafka'] ?? {}) as { parts?: number };
  const place = of === undefined ? undefined : { part, of };
  if (hit._id !== documentId({ partition, generation, offset, part: place?.part })) return [];
  return [{ partition, generation, offset, place, log: toHit(hit), matched: matchedOf(hit) }];
}

function matchedOf({ matched_queries: names }: Hit): number[] {
  return (Array.isArray(names) ? names : Object.keys(names ?? {})).map(Number);
}

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toSearchError(error);
  }
}
