import type { Client, estypes } from '@elastic/elasticsearch';
import type { IndexMerge } from '../activities/retention-ports';
import { asPipelineError } from './send-bulk';

const STATS = ['store.size_in_bytes', 'segments.count', 'merges.current', 'translog.uncommitted_operations']
  .map((figure) => `indices.*.primaries.${figure}`)
  .join(',');

/** In a larger shard one merge takes hours and its disk room, and figures take long whatever its segments are. */
const MAX_SHARD_BYTES = 20 * 2 ** 30;
/** The next run sees to the others: names go into an address, and into a report that goes through Temporal. */
const MAX_AT_ONCE = 50;

/**
 * Has Elasticsearch merge indices that nobody writes to any more into one segment per shard, by exact name. It does so in
 * the background, one shard after the other on each node, and only where its disks have the room.
 */
export function createIndexMerge(client: Client, indexPrefix: string): IndexMerge {
  const once = { maxRetries: 0 };
  // All of them: the names of a thousand days would not fit into an address.
  const which = { index: `${indexPrefix}-2*.*.*`, allow_no_indices: true, expand_wildcards: 'open' as const };
  return {
    async merge(indices) {
      if (indices.length === 0) return [];
      const [settings, stats] = await Promise.all([
        client.indices.getSettings({ ...which, name: 'index.number_of_shards', flat_settings: true }, once),
        client.indices.stats(
          { ...which, metric: ['store', 'segments', 'merge', 'translog'], filter_path: STATS },
          once,
        ),
      ]).catch(failed);
      const asked = new Set(indices);
      const figures = Object.entries(stats.indices ?? {}).filter(([index]) => asked.has(index));
      // What an earlier run asked for may still be under way: a merge waits for the one before it.
      if (figures.some(([, { primaries }]) => (primaries?.merges?.current ?? 0) > 0)) return [];
      const wanted = figures
        .filter(([index, { primaries }]) => isWorthIt(primaries, shardsOf(settings[index])) && isAtRest(primaries))
        .map(([index]) => index)
        .sort()
        .slice(-MAX_AT_ONCE);
      if (wanted.length === 0) return [];
      const order = { index: wanted, max_num_segments: 1, wait_for_completion: false };
      await client.indices.forcemerge({ ...order, ignore_unavailable: true }, once).catch(failed);
      return wanted;
    },
  };
}

function failed(error: unknown): never {
  throw asPipelineError(error, 'merging past days');
}

function isWorthIt(primaries: estypes.IndicesStatsIndexStats | undefined, shards: number): boolean {
  const bytes = primaries?.store?.size_in_bytes ?? 0;
  return (primaries?.segments?.count ?? 0) > shards && bytes <= shards * MAX_SHARD_BYTES;
}

/** Elasticsearch flushes a shard five minutes after the last write to it. */
function isAtRest(primaries: estypes.IndicesStatsIndexStats | undefined): boolean {
  return primaries?.translog?.uncommitted_operations === 0;
}

function shardsOf(state: estypes.IndicesIndexState | undefined): number {
  const flat = state?.settings as Record<string, unknown> | undefined;
  return Number(flat?.['index.number_of_shards'] ?? 1);
}
