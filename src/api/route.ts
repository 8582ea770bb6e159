import type { Context } from 'koa';
import { z } from 'zod';
import { callerOf, type Access } from './access/guard';
import { Problem, type ProblemCode } from './problem';
import { restOfQuery } from './by-topic/rest-of-query';
import { parseBody, parseQuery } from './validate';

/** A successful answer, for the documentation and the tests. */
export interface Answer {
  description: string;
  /** By media type; a JSON one has a schema that the tests hold the answers against. */
  content?: Record<string, { schema: z.ZodType; example?: unknown }>;
  /** As OpenAPI writes them, by name. */
  headers?: Record<string, { description: string; schema: object; example?: unknown }>;
}

/** One route: all that the router and the documentation need to know about it. */
export interface Route {
  method: 'get' | 'post';
  /** As OpenAPI writes it: `/pipeline/audits/{id}`. */
  path: string;
  summary: string;
  description?: string;
  tag: 'logs' | 'pipeline' | 'service';
  /** The scope that a key must have, where keys are on; `open` asks for none. */
  scope: Access;
  /** Points that a request takes of its client's share; 1 unless it says otherwise. From 5 on it is heavy: few at a time. */
  cost?: number;
  query: z.ZodObject;
  /** Names and schemas of what stands in braces in the path; a path that does not fit is not found. */
  params?: z.ZodObject;
  /** Headers that the handler reads and checks itself, for the documentation. */
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** Largest body that is read; 16 kB unless it says otherwise. */
  bodyLimit?: string;
  answers: Record<number, Answer>;
  problems: readonly ProblemCode[];
  run: (ctx: Context) => Promise<void>;
}

interface Input<Q extends z.ZodObject, B extends z.ZodType, P extends z.ZodObject> {
  query: z.output<Q>;
  params: z.output<P>;
  body: z.output<B>;
  /** Aborts when the client leaves before it is answered. */
  signal: AbortSignal;
}

type RouteSpec<Q extends z.ZodObject, B extends z.ZodType, P extends z.ZodObject> = Omit<
  Route,
  'run' | 'query' | 'body' | 'params'
> & {
  query: Q;
  params?: P;
  body?: B;
  handle: (input: Input<Q, B, P>, ctx: Context) => Promise<void> | void;
};

/** Makes a route whose handler gets the request checked and typed. */
export function route<
  Q extends z.ZodObject,
  B extends z.ZodType = z.ZodUndefined,
  P extends z.ZodObject = z.ZodObject<Record<string, never>>,
>(spec: RouteSpec<Q, B, P>): Route {
  const { handle, ...described } = spec;
  return {
    ...described,
    run: async (ctx) => {
      const query = readQuery(spec.query, ctx);
      const body = (spec.body ? signed(ctx, parseBody(spec.body, jsonBody(ctx)), spec.body) : undefined) as z.output<B>;
      const params = parseParams(spec.params, ctx) as z.output<P>;
      await handle({ query, params, body, signal: whileConnected(ctx) }, ctx);
    },
  };
}

function readQuery<Q extends z.ZodObject>(schema: Q, ctx: Context): z.output<Q> {
  const { text, taken } = restOfQuery(ctx);
  return parseQuery(schema, text, taken);
}

/** @throws Problem not_found: a path that cannot be right names nothing */
function parseParams(schema: z.ZodObject | undefined, ctx: Context): unknown {
  if (!schema) return {};
  const parsed = schema.safeParse(ctx.params);
  if (!parsed.success) throw new Problem('not_found', 'Nothing has this address; GET / lists what there is.');
  return parsed.data;
}

/** The body as the parser left it. Only application/json is taken: a form of another site cannot send that. */
function jsonBody(ctx: Context): unknown {
  if (ctx.request.type !== 'application/json') {
    throw new Problem('unsupported_media_type', 'Send application/json; {} will do when there is nothing to say.');
  }
  return (ctx.request as { body?: unknown }).body ?? {};
}

/**
 * With keys, the actor of an order is whoever holds the key: nobody can order in another's name. What was sent must be
 * right all the same.
 */
function signed(ctx: Context, body: unknown, schema: z.ZodType): unknown {
  const caller = callerOf(ctx);
  const named = schema instanceof z.ZodObject && 'actor' in schema.shape;
  return caller && named ? { ...(body as object), actor: caller.name } : body;
}

function whileConnected(ctx: Context): AbortSignal {
  const controller = new AbortController();
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) controller.abort();
  });
  return controller.signal;
}
