import { createRandom, share } from '../../src/generator/random';
import { LOADED } from './load';

export type Kind = 'filtered search' | 'stats';

/** An address of the API. */
export interface Query {
  kind: Kind;
  /** Which of the mix it is. */
  name: string;
  address: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SERVICES = ['auth', 'inventory', 'payment', 'user', 'api-gateway'];
const WORDS = ['"token"', 'read', 'low', 'answered', '"is valid"', 'timeout', 'refused', 'stock -low'];

/**
 * Queries in the order in which they are asked, made up by seed: what an engineer on call asks of logs, over ranges of an
 * hour to all three days that begin at any second, so that hardly one is asked twice.
 */
export function queryMix(kind: Kind, count: number, seed: number): Query[] {
  const draw = createRandom(seed);
  const random = () => share(draw());
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const range = (spans: readonly number[]) => {
    const span = pick(spans);
    const from = LOADED.fromMs + Math.floor((random() * (LOADED.toMs - LOADED.fromMs - span)) / 1000) * 1000;
    return { from: String(from), to: String(from + span) };
  };
  const hours = [HOUR_MS, 6 * HOUR_MS, DAY_MS];
  const days = [6 * HOUR_MS, DAY_MS, 3 * DAY_MS - HOUR_MS];
  const searches: Record<string, () => [string, Record<string, string>]> = {
    'level and service': () => ['/logs', { level: 'error,fatal', service: pick(SERVICES), ...range(days) }],
    'status and time': () => ['/logs', { status_code: pick(['5xx', '429,5xx', '404']), ...range(days) }],
    words: () => ['/logs', { q: pick(WORDS), ...range(hours) }],
    'words and fields': () => ['/logs', { q: `${pick(WORDS)} service:${pick(SERVICES)} -level:debug`, ...range(days) }],
    user: () => ['/logs', { user_id: `usr-${String(Math.floor(random() * 20_000)).padStart(5, '0')}` }],
    'path by prefix': () => ['/logs', { path: pick(['/v1/items/*', '/v1/stock/*', '/v1/tokens/*']), ...range(hours) }],
    'slowest first': () => ['/logs', { response_time_ms: '>=500', sort: '-response_time_ms', ...range(days) }],
    tags: () => ['/logs', { tag: pick(['region:eu-west-1', 'region:us-east-1']), level: '!debug', ...range(hours) }],
    anomalies: () => ['/logs/anomalies', { min_score: pick(['50', '70']), service: pick(SERVICES), ...range(days) }],
  };
  const figures: Record<string, () => [string, Record<string, string>]> = {
    'stats of a service': () => ['/logs/stats', { service: pick(SERVICES), ...range(days) }],
    'stats of errors': () => ['/logs/stats', { level: 'error,fatal', ...range(days) }],
    'stats of all': () => ['/logs/stats', range(days)],
    histogram: () => [
      '/logs/histogram',
      { split: pick(['level', 'service', 'severity']), interval: '1h', ...range(days) },
    ],
    facets: () => ['/logs/facets', { facets: 'service,level,status_code,error_code', ...range(days) }],
  };
  const recipes = Object.entries(kind === 'stats' ? figures : searches);
  return Array.from({ length: count }, (_, index) => {
    const [name, recipe] = recipes[index % recipes.length]!;
    const [path, parameters] = recipe();
    return { kind, name, address: `${path}?${new URLSearchParams(parameters).toString()}` };
  });
}

/** The same in another order. */
export function shuffled<T>(values: readonly T[], seed: number): T[] {
  const draw = createRandom(seed);
  const random = () => share(draw());
  const order = values.map((value) => ({ value, at: random() }));
  return order.sort((a, b) => a.at - b.at).map(({ value }) => value);
}
