import type { Context, Middleware } from 'koa';
import { isIP } from 'node:net';
import { isLoopback } from '../listen';
import { Problem } from '../problem';

/** The name in a Host header or an origin's host, without port and brackets; undefined when it is none. */
export function hostName(host: string): string | undefined {
  const name = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host);
  return (name?.[1] ?? name?.[2])?.toLowerCase();
}

/**
 * Takes requests only under names that are ours: loopback, the address that the client has reached, and the listed ones.
 * Under any other name a page of a stranger would pass for ours in a browser (DNS rebinding).
 *
 * @param allowed host names without ports
 * @throws Problem unknown_host; malformed_request when there is not one Host, of several the next server may take another
 */
export function knownHost(allowed: readonly string[]): Middleware {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  return async (ctx, next) => {
    const hosts = countHosts(ctx.req.rawHeaders);
    if (hosts > 1 || (hosts === 0 && ctx.req.httpVersion === '1.1')) {
      // Who cannot say a host may not be able to say where its requests end.
      ctx.set('Connection', 'close');
      throw new Problem('malformed_request', `A request of HTTP/1.1 has one Host header; this has ${hosts}.`);
    }
    const name = hostName(ctx.get('Host'));
    if (name !== undefined && (isLoopback(name) || names.has(name) || isOwnAddress(name, ctx)))
      return void (await next());
    throw new Problem(
      'unknown_host',
      'The Host header names a host that is not ours; API_ALLOWED_HOSTS lists what may stand there.',
    );
  };
}

/** Names and values in turn. */
function countHosts(rawHeaders: readonly string[]): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host').length;
}

/** An address cannot be rebound: it is the one that the browser has really reached. */
function isOwnAddress(name: string, ctx: Context): boolean {
  return isIP(name) !== 0 && ctx.req.socket.localAddress?.replace(/^::ffff:/, '') === name;
}

/**
 * Refuses what a page of another origin sends, unless the origin is listed. Browsers name the origin of each POST.
 *
 * @throws Problem foreign_origin
 */
export function knownOrigin(allowed: readonly string[]): Middleware {
  return async (ctx, next) => {
    const origin = ctx.get('Origin');
    const reads = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (reads || origin === '' || allowed.includes(origin) || isSame(origin, ctx)) return void (await next());
    throw new Problem(
      'foreign_origin',
      'The page is of an origin that may not order anything; API_CORS_ORIGINS lists those that may.',
    );
  };
}

/** The scheme may differ: a proxy before the API may speak TLS. */
function isSame(origin: string, ctx: Context): boolean {
  return URL.canParse(origin) && new URL(origin).host === ctx.get('Host').toLowerCase();
}
