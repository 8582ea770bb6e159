/** What is left to a client after a request, or how long it has to wait. */
export interface Allowance {
  allowed: boolean;
  /** Whole points left. */
  left: number;
  /** Seconds until it has all its points again; when refused, until it may try again. */
  waitS: number;
}

export interface RateLimiter {
  /** Points that a client has at most. */
  readonly burst: number;
  take(client: string, cost: number): Allowance;
}

interface Options {
  /** Points a client gets back in a second. */
  perSecond: number;
  burst: number;
  /** Clients that are remembered; of more, those that asked last. */
  maxClients?: number;
  now?: () => number;
}

interface Bucket {
  points: number;
  at: number;
}

/** A bucket of points for each client. A request that costs more than a bucket holds takes a full one. */
export function createRateLimiter({ perSecond, burst, maxClients = 10_000, now = Date.now }: Options): RateLimiter {
  // In the order of their latest request: the first one is the first to be forgotten.
  const buckets = new Map<string, Bucket>();
  return {
    burst,
    take(client, wanted) {
      const cost = Math.min(wanted, burst);
      const at = now();
      const before = buckets.get(client) ?? { points: burst, at };
      const points = Math.min(burst, before.points + (Math.max(0, at - before.at) / 1000) * perSecond);
      const allowed = points >= cost;
      const left = allowed ? points - cost : points;
      buckets.delete(client);
      buckets.set(client, { points: left, at });
      if (buckets.size > maxClients) buckets.delete(buckets.keys().next().value!);
      const missing = allowed ? burst - left : cost - left;
      return { allowed, left: Math.floor(left), waitS: Math.max(1, Math.ceil(missing / perSecond)) };
    },
  };
}
