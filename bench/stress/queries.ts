/** Kinds of queries, each a route of the API that a person at a screen uses. */
export const QUERY_KINDS = ['search', 'stats', 'histogram', 'facets', 'context'] as const;
export type QueryKind = (typeof QUERY_KINDS)[number];

const SEARCHES: Record<string, string>[] = [
  {},
  { level: 'error' },
  { q: 'timeout' },
  { anomaly: 'true', sort: '-score' },
  { status_code: '500' },
  { sort: '-response_time_ms', size: '20' },
];
const SPLITS = ['level', 'service', 'severity'];

/** Chooses kinds by their weights. @param random from 0 to below 1 */
export function chooseKind(mix: Record<QueryKind, number>, random: number): QueryKind {
  const sum = QUERY_KINDS.reduce((total, kind) => total + mix[kind], 0);
  let left = random * sum;
  for (const kind of QUERY_KINDS) {
    left -= mix[kind];
    if (left < 0) return kind;
  }
  throw new Error('no kind has a weight');
}

/**
 * The path of the next query of a kind; undefined for a context before any log is known.
 *
 * @param logId of a log that was found before
 */
export function queryPath(
  kind: QueryKind,
  { count, minutes, logId }: { count: number; minutes: number; logId?: string | undefined },
): string | undefined {
  const from = `now-${minutes}m`;
  const path = (name: string, query: Record<string, string>) => `${name}?${new URLSearchParams(query).toString()}`;
  switch (kind) {
    case 'search':
      return path('/logs', { from, ...SEARCHES[count % SEARCHES.length] });
    case 'stats':
      return path('/logs/stats', { from });
    case 'histogram':
      return path('/logs/histogram', { from, split: SPLITS[count % SPLITS.length]! });
    case 'facets':
      return path('/logs/facets', { from });
    case 'context':
      return logId === undefined ? undefined : path(`/logs/${encodeURIComponent(logId)}/context`, { before: '20' });
  }
}
