import type { Middleware } from 'koa';
import type { RouterContext } from '@koa/router';
import { Problem } from './problem';

/**
 * Answers OPTIONS, and refuses every method that an address does not have, with the list of those that it has. Where
 * several templates fit an address, such as /x/redrive and /x/{id}, the one with the fewest braces is meant.
 */
export function refuseMethods(): Middleware {
  return async (ctx, next) => {
    await next();
    const { matched = [] } = ctx as unknown as Partial<RouterContext>;
    if (ctx.status !== 404 || ctx.body !== undefined || matched.length === 0) return;
    const fewest = Math.min(...matched.map(({ paramNames }) => paramNames.length));
    const meant = matched.filter(({ paramNames }) => paramNames.length === fewest);
    const methods = [...new Set(meant.flatMap((layer) => layer.methods))].sort();
    if (methods.includes(ctx.method)) return;
    ctx.set('Allow', methods.join(', '));
    if (ctx.method === 'OPTIONS') {
      ctx.status = 204;
      return;
    }
    throw new Problem('method_not_allowed', `Allowed here: ${methods.join(', ')}.`);
  };
}
