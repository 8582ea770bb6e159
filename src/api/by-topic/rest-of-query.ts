import type { Context } from 'koa';

/** What of the query string a route has to read. */
export interface RestOfQuery {
  text: string;
  /** Names of parameters that were read before. */
  taken: readonly string[];
}

/** Says what of the query string is left to a route. */
export function leaveQuery(ctx: Context, rest: RestOfQuery): void {
  (ctx.state as { restOfQuery?: RestOfQuery }).restOfQuery = rest;
}

/** What is left to a route: all of it, unless something was read before. */
export function restOfQuery({ state, querystring }: Context): RestOfQuery {
  return (state as { restOfQuery?: RestOfQuery }).restOfQuery ?? { text: querystring, taken: [] };
}
