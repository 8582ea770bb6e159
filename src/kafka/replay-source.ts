import type { ReplaySource } from '../activities/replay-ports';
import type { BatchReader } from './batch-reader';

/** How long records that are there may take to arrive, and how long a stretch waits for more. */
const WAIT_MS = 2000;
const LINGER_MS = 100;

/**
 * Reads stretches for replays, over a reader of their own: one that is shared with the live pipeline would be sent back
 * and forth. Of one partition one stretch at a time, since a second pull would supersede the first.
 */
export function createReplaySource(reader: Pick<BatchReader, 'pull'>): ReplaySource {
  const turns = new Map<number, Promise<unknown>>();
  return {
    async take({ partition, from, before, topicId }, limits, signal) {
      const turn = (turns.get(partition) ?? Promise.resolve()).then(() =>
        reader.pull(partition, from, { ...limits, before, lingerMs: LINGER_MS, waitMs: WAIT_MS }, signal, { topicId }),
      );
      turns.set(
        partition,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
}
