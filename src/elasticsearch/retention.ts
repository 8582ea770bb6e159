import type { Client, estypes } from '@elastic/elasticsearch';
import type { IndexRetention } from '../activities/retention-ports';
import type { DayIndex, ExpiredPart, ExpiryKind } from '../domain/expiry';
import { formatOffset } from '../domain/offsets';
import { ADDED, addedBy, type AddedSums } from './letter-sums';
import { asPipelineError } from './send-bulk';

/** Where documents of a kind say which record they are of. */
const PLACE = {
  logs: { generation: 'kafka.generation', partition: 'kafka.partition', offset: 'kafka.offset' },
  dead_letters: { generation: 'generation', partition: 'partition', offset: 'offset' },
} as const;
const MAX_GENERATIONS = 100;
const MAX_PARTITIONS = 10_000;

/** Deletes day indices by exact name: what does not look like one of ours is never touched. */
export function createIndexRetention(client: Client, indexPrefix: string, kind: ExpiryKind): IndexRetention {
  const prefix = `${indexPrefix}-`;
  const once = { maxRetries: 0 };
  return {
    async list() {
      const where = { index: `${prefix}2*.*.*`, allow_no_indices: true, expand_wildcards: 'open' as const };
      const [found, stats] = await Promise.all([
        client.indices.get({ ...where, filter_path: '*.settings.index.uuid' }, once),
        client.indices.stats({ ...where, metric: ['docs', 'store'], filter_path: STATS }, once),
      ]).catch(failed);
      return Object.entries(found)
        .filter(([name]) => name.startsWith(prefix) && /^\d{4}\.\d\d\.\d\d$/.test(name.slice(prefix.length)))
        .map(([index, { settings }]) => dayIndex(index, prefix, settings, stats.indices?.[index]?.primaries))
        .sort((a, b) => (a.day < b.day ? -1 : 1));
    },
    async account(index) {
      await client.indices.refresh({ index }, once).catch(failed);
      const answer = await client
        .search({ index, size: 0, track_total_hits: true, aggs: byPartition(kind) }, once)
        .catch(failed);
      const { total } = answer.hits;
      return {
        documents: typeof total === 'number' ? total : (total?.value ?? 0),
        parts: partsOf(answer.aggregations as unknown as Aggregations | undefined),
      };
    },
    async remove(index) {
      await client.indices.delete({ index, ignore_unavailable: true }, once).catch(failed);
    },
  };
}

const STATS = 'indices.*.primaries.docs.count,indices.*.primaries.store.size_in_bytes';

function failed(error: unknown): never {
  throw asPipelineError(error, 'retention');
}

function dayIndex(
  index: string,
  prefix: string,
  settings: estypes.IndicesIndexSettings | undefined,
  primaries: estypes.IndicesStatsIndexStats | undefined,
): DayIndex {
  return {
    index,
    day: index.slice(prefix.length),
    uuid: settings?.index?.uuid ?? '',
    documents: primaries?.docs?.count ?? 0,
    bytes: primaries?.store?.size_in_bytes ?? 0,
  };
}

/** A document of a log without a generation is of the first one. */
function byPartition(kind: ExpiryKind): Record<string, estypes.AggregationsAggregationContainer> {
  const { generation, partition, offset } = PLACE[kind];
  const aggs = {
    first: { min: { field: offset } },
    last: { max: { field: offset } },
    ...(kind === 'dead_letters' ? ADDED : {}),
  };
  return {
    generations: {
      terms: { field: generation, missing: 1, size: MAX_GENERATIONS },
      aggs: { partitions: { terms: { field: partition, size: MAX_PARTITIONS }, aggs } },
    },
  };
}

interface Aggregations {
  generations: { buckets: { key: number; partitions: { buckets: PartitionBucket[] } }[] };
}

interface PartitionBucket extends Partial<AddedSums> {
  key: number;
  doc_count: number;
  first: { value: number | null };
  last: { value: number | null };
}

function partsOf(aggregations: Aggregations | undefined): ExpiredPart[] {
  return (aggregations?.generations.buckets ?? []).flatMap(({ key: generation, partitions }) =>
    partitions.buckets
      .filter(({ first, last }) => first.value !== null && last.value !== null)
      .map((bucket) => ({
        generation,
        partition: bucket.key,
        documents: bucket.doc_count,
        ...settledIn(bucket),
        from: formatOffset(bucket.first.value!),
        to: formatOffset(bucket.last.value! + 1),
      }))
      .sort((a, b) => a.partition - b.partition),
  );
}

/** As a rule each that is settled has added one document. */
function settledIn({ settled, unsettled, kept }: Partial<AddedSums>): Pick<ExpiredPart, 'settled' | 'added'> {
  if (!settled || !unsettled || !kept) return { settled: 0 };
  const added = addedBy({ settled, unsettled, kept });
  return { settled: settled.doc_count, ...(added === settled.doc_count ? {} : { added }) };
}
