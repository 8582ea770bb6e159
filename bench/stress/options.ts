import { FlagError, readFlags, wholeFlag } from '../flags';
import { QUERY_KINDS, type QueryKind } from './queries';

/** What a run is to do. */
export interface StressOptions {
  /** Logs per second that are made beside those that come anyway; 0 makes none. */
  rate: number;
  seconds: number;
  /** Queries under way at the same time, at most. */
  clients: number;
  /** Queries per second by all clients together; 0 is as fast as they are answered. */
  queryRate: number;
  mix: Record<QueryKind, number>;
  /** Minutes back from now that queries look at. */
  minutes: number;
  ownStack: boolean;
}

export const HELP = `Logs and queries at once, against the stack that \`make up\` started, or one of its own. Flags, with their defaults:
  --rate 500        logs per second that are made, beside those that come anyway; 0 makes none
  --seconds 60      how long
  --clients 4       parallel query clients; 0 asks nothing
  --query-rate 0    queries per second by all clients together; 0 is as fast as they are answered
  --mix search=4,stats=1,histogram=1,facets=1,context=1
                    how often each kind of query is asked, by weight
  --minutes 15      how far back queries look
  --own-stack       on servers, a worker and an API of its own, which are removed at the end
The key of an API that asks for one is read from SLUICE_API_KEY.
`;

const DEFAULT_MIX = 'search=4,stats=1,histogram=1,facets=1,context=1';

/** @throws FlagError in words */
export function readOptions(args?: string[]): StressOptions | 'help' {
  const text = { type: 'string' } as const;
  const flags = readFlags(
    {
      ...{ rate: text, seconds: text, clients: text, 'query-rate': text, mix: text, minutes: text },
      ...{ 'own-stack': { type: 'boolean' }, help: { type: 'boolean' } },
    },
    args,
  );
  if (flags.help) return 'help';
  const options = {
    rate: wholeFlag('rate', flags.rate ?? '500', 0),
    seconds: wholeFlag('seconds', flags.seconds ?? '60'),
    clients: wholeFlag('clients', flags.clients ?? '4', 0),
    queryRate: wholeFlag('query-rate', flags['query-rate'] ?? '0', 0),
    mix: parseMix(flags.mix ?? DEFAULT_MIX),
    minutes: wholeFlag('minutes', flags.minutes ?? '15'),
    ownStack: flags['own-stack'] ?? false,
  };
  if (options.clients > 1000) throw new FlagError('--clients is at most 1000');
  if (options.rate === 0 && options.clients === 0)
    throw new FlagError('--rate and --clients are both 0: nothing to do');
  return options;
}

/** `search=4,stats=1`: weights by kind; kinds that are not named are not asked. @throws FlagError in words */
export function parseMix(text: string): Record<QueryKind, number> {
  const mix = Object.fromEntries(QUERY_KINDS.map((kind) => [kind, 0])) as Record<QueryKind, number>;
  const named = new Set<string>();
  for (const part of text.split(',')) {
    const [name = '', weight = '', ...more] = part.trim().split('=');
    if (!QUERY_KINDS.includes(name as QueryKind) || more.length > 0) {
      throw new FlagError(`--mix takes KIND=WEIGHT with ${QUERY_KINDS.join(', ')}, not ${JSON.stringify(part)}`);
    }
    if (named.has(name)) throw new FlagError(`--mix names ${name} twice`);
    named.add(name);
    mix[name as QueryKind] = wholeFlag(`mix ${name}`, weight, 0);
  }
  if (Object.values(mix).every((weight) => weight === 0)) throw new FlagError('--mix asks nothing');
  return mix;
}
