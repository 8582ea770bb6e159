import { toFilter } from '../logs/filter';
import { callerOf } from '../access/guard';
import type { AppDeps } from '../ports';
import type { GatheredFacts } from '../pipeline/gather-facts';
import { route, type Route } from '../route';
import { logStreamExample, logStreamHeaders, logStreamQuery, logStreamSchema, position } from '../schemas/log-stream';
import type { Position } from '../tail/position';
import { readLedgers } from '../tail/read-ledgers';
import { Tails } from '../tail/tails';
import { invalidParameters } from '../validate';

const SCOPE = 'read';

/** The live tail. `gather` reads the ledger from whatever answers. */
export function logStreamRoutes(
  { tail, logger, metrics, stopping, keys, now = Date.now }: AppDeps,
  gather: () => Promise<GatheredFacts>,
): Route[] {
  const tails = new Tails({
    ...{ ...tail, logger, stopping },
    readLedgers: async () => readLedgers(await gather()),
    counts: metrics?.tails ?? { open: 0, sent: 0, dropped: 0 },
  });
  return [
    route({
      method: 'get',
      path: '/logs/stream',
      tag: 'logs',
      scope: SCOPE,
      summary: 'Follow logs as they come in',
      description:
        'Server-sent events, in the order of offsets within each partition. A log comes as soon as all before it can ' +
        'be searched too, so a client that connects anew with the id of the last event misses none and gets none ' +
        'twice. Without from, after or Last-Event-ID it begins now.',
      query: logStreamQuery,
      headers: logStreamHeaders,
      answers: {
        200: {
          description: 'A stream that ends when the client leaves or the API stops.',
          content: { 'text/event-stream': { schema: logStreamSchema, example: logStreamExample } },
        },
      },
      problems: ['invalid_parameter', 'too_many_tails'],
      handle: ({ query, signal }, ctx) => {
        const filter = toFilter(query, now());
        const after = readLastEventId(ctx.get('Last-Event-ID')) ?? query.after;
        ctx.type = 'text/event-stream';
        ctx.set({ 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' });
        const caller = callerOf(ctx);
        const isAllowed = keys && caller && (() => keys.holds(caller.keyId, SCOPE));
        const open = () =>
          tails.open(filter, { after, sinceMs: filter.fromMs }, signal, { fields: query.fields, isAllowed });
        ctx.body = ctx.method === 'HEAD' ? '' : open();
      },
    }),
  ];
}

function readLastEventId(text: string): Position | undefined {
  if (text === '') return undefined;
  const parsed = position.safeParse(text);
  if (parsed.success) return parsed.data;
  throw invalidParameters([{ parameter: 'Last-Event-ID', detail: parsed.error.issues[0]!.message }]);
}
