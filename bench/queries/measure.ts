import { aSecondLater, type Recorded } from './bare';
import type { Query } from './mix';
import type { Requester } from './requester';

/** Milliseconds that each query took, by either way. */
export interface Measured {
  query: Query;
  api: number;
  bare: number;
}

/**
 * Asks every query once of the API and once of Elasticsearch itself. Each client does both in turn; the two go through the
 * queries in different orders, so that neither finds warmed by the other what the other had to find cold.
 */
export async function measure(
  { api, bare }: { api: Requester; bare: Requester },
  recorded: Recorded,
  orders: { api: readonly Query[]; bare: readonly Query[] },
  clients: number,
): Promise<Measured[]> {
  const times = { api: new Map<Query, number>(), bare: new Map<Query, number>() };
  const askApi = async (query: Query) => {
    const { status } = await api.send('GET', query.address);
    if (status !== 200) throw new Error(`${query.address} is ${status}`);
  };
  const askBare = async (query: Query) => {
    for (const request of recorded.get(query)!) {
      const { method, path, body } = aSecondLater(request);
      const { status } = await bare.send(method, path, body);
      if (status !== 200) throw new Error(`${path} is ${status}`);
    }
  };
  const timed = async (way: 'api' | 'bare', query: Query) => {
    const began = performance.now();
    await (way === 'api' ? askApi : askBare)(query);
    times[way].set(query, performance.now() - began);
  };
  let next = 0;
  const client = async () => {
    for (let at = next++; at < orders.api.length; at = next++) {
      const ways = at % 2 === 0 ? (['api', 'bare'] as const) : (['bare', 'api'] as const);
      for (const way of ways) await timed(way, orders[way][at]!);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return orders.api.map((query) => ({ query, api: times.api.get(query)!, bare: times.bare.get(query)! }));
}

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
