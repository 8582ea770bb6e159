import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '@elastic/elasticsearch';

/** How long a search waits for shards that are not there yet: those of an index that was made just now are in a moment. */
const PATIENCE_MS = 2000;
const FIRST_PAUSE_MS = 50;

interface Options {
  signal?: AbortSignal | undefined;
  patienceMs?: number;
}

/**
 * Searches again, for at most two seconds, while not one shard is there to answer. What a search of several indices brings
 * is taken as it is: without the newest it is partial, and says so.
 *
 * @throws what the last search failed with; AbortError when the signal aborts in a pause
 */
export async function withShards<T>(search: () => Promise<T>, options: Options = {}): Promise<T> {
  const { signal, patienceMs = PATIENCE_MS } = options;
  const until = performance.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    try {
      return await search();
    } catch (error) {
      const leftMs = until - performance.now();
      if (!isShardless(error) || leftMs <= 0) throw error;
      await sleep(Math.min(pauseMs, leftMs), undefined, signal ? { signal } : {});
    }
  }
}

/** Whether all that a search failed for is shards that nobody holds. */
export function isShardless(error: unknown): boolean {
  if (!(error instanceof errors.ResponseError) || error.statusCode !== 503) return false;
  const { error: told } = (error.body ?? {}) as { error?: { root_cause?: { type?: string }[] } };
  const causes = told?.root_cause ?? [];
  return causes.length > 0 && causes.every(({ type }) => type === 'no_shard_available_action_exception');
}
