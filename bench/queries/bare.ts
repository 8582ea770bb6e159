import type { Client } from '@elastic/elasticsearch';
import { createApp } from '../../src/api/app';
import type { AppDeps } from '../../src/api/ports';
import { createLogSearch } from '../../src/elasticsearch/search';
import { createLogger } from '../../src/logger';
import { INDEX_PREFIX } from './load';
import type { Query } from './mix';
import type { Requester } from './requester';

/** One request to Elasticsearch, byte for byte as the API sent it. */
export interface BareRequest {
  method: string;
  path: string;
  body: string;
}

/** Epoch milliseconds that a range begins or ends with. */
const BOUND = /(?<="(?:gte|gt|lte|lt)":)1\d{12}(?=[,}])/g;

/**
 * The same request for a range that lies a second later, which is the same work. Elasticsearch keeps whole answers of shards: what
 * it was just asked by the other way would be answered from there.
 */
export function aSecondLater(request: BareRequest): BareRequest {
  return { ...request, body: request.body.replace(BOUND, (ms) => String(Number(ms) + 1000)) };
}

/** What the API asks of Elasticsearch for a query: one request after the other. */
export type Recorded = Map<Query, BareRequest[]>;

interface Recording {
  /** Opens a client whose requests are watched. */
  open: () => Client;
  queryTimeoutMs: number;
  listen: (app: ReturnType<typeof createApp>) => Promise<Requester>;
}

/** APIs that are asked at a time, each with a client of its own, so that it is clear whose a request is. */
const RECORDERS = 4;

/** Asks each query once of an API in this process, and takes down what goes to Elasticsearch meanwhile. */
export async function recordRequests(queries: readonly Query[], recording: Recording): Promise<Recorded> {
  const shares = Array.from({ length: RECORDERS }, (_, at) => queries.filter((__, one) => one % RECORDERS === at));
  const parts = await Promise.all(shares.map((share) => recordShare(share, recording)));
  return new Map(parts.flatMap((part) => [...part]));
}

async function recordShare(queries: readonly Query[], { open, queryTimeoutMs, listen }: Recording): Promise<Recorded> {
  const client = open();
  let sent: BareRequest[] = [];
  client.diagnostic.on('request', (_, event) => {
    const {
      method,
      path,
      querystring = '',
      body = '',
    } = event!.meta.request.params as unknown as Record<string, string>;
    sent.push({ method: method!, path: querystring === '' ? path! : `${path}?${querystring}`, body });
  });
  const logs = createLogSearch(client, { indexPrefix: INDEX_PREFIX, queryTimeoutMs });
  const settings: AppDeps['settings'] = {
    ...{ topic: 'bench', groupId: 'bench', partitions: 1, namespace: 'default', uiUrl: 'http://127.0.0.1:1' },
    corsOrigins: [],
  };
  // The log routes ask Elasticsearch and nothing else.
  const nothing = {} as never;
  const others = {
    workflows: nothing,
    offsets: nothing,
    letters: nothing,
    audits: nothing,
    retention: nothing,
    epochs: nothing,
  };
  const app = createApp({
    ...{ version: 'bench', settings, logs, logger: createLogger('bench', 'silent') },
    ...{ ...others, deadLetters: nothing, replays: nothing, health: {}, tail: nothing },
  });
  const api = await listen(app);
  const recorded: Recorded = new Map();
  for (const query of queries) {
    sent = [];
    const { status } = await api.send('GET', query.address);
    if (status !== 200) throw new Error(`${query.address} is ${status}`);
    recorded.set(query, sent);
  }
  await api.close();
  await client.close();
  return recorded;
}
