import { dayOf } from '../domain/retention';
import type { Logger } from '../logger';
import type { IndexMerge, IndexRetention } from './retention-ports';

/** An index takes the last records of its day a little after that has ended. */
const SETTLING_MS = 3_600_000;

/**
 * Has the indices of days that ended an hour ago or earlier merged. A merge that is refused is warned of and fails nothing.
 *
 * @returns what is being merged now; undefined when that failed or is not wanted
 */
export async function mergePastDays(
  {
    retention,
    indexMerge,
    logger,
  }: {
    retention: Pick<IndexRetention, 'list'>;
    indexMerge?: IndexMerge | undefined;
    logger: Pick<Logger, 'info' | 'warn'>;
  },
  nowMs: number,
): Promise<string[] | undefined> {
  if (!indexMerge) return undefined;
  try {
    const today = dayOf(nowMs - SETTLING_MS);
    const past = (await retention.list()).filter(({ day }) => day < today).map(({ index }) => index);
    const merging = await indexMerge.merge(past);
    if (merging.length > 0) logger.info({ indices: merging }, 'indices of past days are being merged');
    return merging;
  } catch (error) {
    logger.warn({ reason: (error as Error).message }, 'indices of past days could not be merged');
    return undefined;
  }
}
