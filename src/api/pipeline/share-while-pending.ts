/** Calls that are made while one is under way share its outcome. */
export function shareWhilePending<T>(call: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () => {
    pending ??= call().finally(() => (pending = undefined));
    return pending;
  };
}
