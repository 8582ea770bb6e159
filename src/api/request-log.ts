import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from '../logger';

/** A caller's own id is kept when it is short and plain. */
const PLAIN_ID = /^[\w.:-]{1,128}$/;

/**
 * Gives each request an id, answered as X-Request-Id, and logs one line for it at debug level: never the query, which
 * may hold personal data.
 */
export function requestLog(logger: Logger): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    const given = ctx.get('X-Request-Id');
    const requestId = PLAIN_ID.test(given) ? given : randomUUID();
    ctx.state.requestId = requestId;
    ctx.set('X-Request-Id', requestId);
    await next();
    const ms = Math.round(performance.now() - started);
    logger.debug({ method: ctx.method, path: ctx.path, status: ctx.status, ms, requestId }, 'request');
  };
}
