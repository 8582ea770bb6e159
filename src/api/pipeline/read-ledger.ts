import type { AppDeps } from '../ports';
import type { LedgerView } from '../schemas/ledger';
import { within } from '../within';
import { DEADLINE_MS, type GatheredFacts } from './gather-facts';
import { ledgerView } from './ledger-view';
import { createPipelineReader } from './read-pipeline';
import { shareWhilePending } from './share-while-pending';

/** A reader of the ledger: from whatever answers in 2 s. It throws as `gather` does. */
export function createLedgerReader(
  { settings, letters, logger }: Pick<AppDeps, 'settings' | 'letters' | 'logger'>,
  gather: () => Promise<GatheredFacts>,
): () => Promise<LedgerView> {
  const redriven = shareWhilePending(() => letters.countSettled());
  return async () => {
    const [facts, counts] = await Promise.all([
      gather(),
      within(DEADLINE_MS, redriven()).catch((error: unknown) => {
        // Not the error itself: the client keeps the whole request in it.
        logger.debug({ reason: error instanceof Error ? error.message : 'unknown' }, 'dead letters not counted');
        return undefined;
      }),
    ]);
    const pipeline = await createPipelineReader({ settings }, async () => facts)();
    return ledgerView(facts, pipeline, counts);
  };
}
