import { shareWhilePending } from './share-while-pending';

/** A call whose outcome serves everybody for `ms` from when it was there; a failure is not kept. */
export function keepFor<T>(ms: number, call: () => Promise<T>, now: () => number = Date.now): () => Promise<T> {
  let kept: { outcome: T; until: number } | undefined;
  const renew = shareWhilePending(async () => {
    const outcome = await call();
    kept = { outcome, until: now() + ms };
    return outcome;
  });
  return async () => (kept && now() < kept.until ? kept.outcome : renew());
}
