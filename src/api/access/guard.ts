import type { Context, Middleware } from 'koa';
import type { Found, KeyRing } from '../../keys/key-ring';
import { includes, type Scope } from '../../keys/scope';
import { Problem } from '../problem';
import type { Limits } from './limits';

/** Who asks, once a key has said it. */
export interface Caller {
  keyId: string;
  name: string;
  scope: Scope;
}

/** What a route asks for: a scope, or nothing. */
export type Access = Scope | 'open';

/** The key's holder; undefined where keys are off, and on open routes. */
export function callerOf(ctx: Context): Caller | undefined {
  return ctx.state['caller'] as Caller | undefined;
}

/**
 * Lets a request through that brings a key of the scope or a wider one; every request when there are no keys. It stands
 * before the body is read.
 *
 * @throws Problem key_missing, key_refused, scope_missing; rate_limited to an address that tries many keys
 */
export function guard(access: Access, keys: KeyRing | undefined, limits?: Limits): Middleware {
  return async (ctx, next) => {
    if (!keys || access === 'open') return void (await next());
    const presented = presentedKey(ctx);
    if (presented === undefined) throw unauthenticated(ctx, 'key_missing', `${HOW} GET / and /docs/ need none.`);
    const found = await keys.find(presented);
    if (found.state !== 'valid') {
      limits?.refused(ctx);
      if (found.state !== 'unknown') ctx.state['refusedKeyId'] = found.key.id;
      throw unauthenticated(ctx, 'key_refused', REFUSALS[found.state]);
    }
    const { id: keyId, name, scope } = found.key;
    ctx.state['caller'] = { keyId, name, scope } satisfies Caller;
    if (!includes(scope, access)) {
      const detail = `This needs a key of the scope ${access}; that of ${name} is ${scope}.`;
      throw new Problem('scope_missing', detail);
    }
    await next();
  };
}

const HOW = 'Send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY`.';
const REFUSALS: Record<Exclude<Found['state'], 'valid'>, string> = {
  unknown: 'The key is not one of this API.',
  expired: 'The key has expired.',
  revoked: 'The key has been revoked.',
};

function unauthenticated(ctx: Context, code: 'key_missing' | 'key_refused', detail: string): Problem {
  const error = code === 'key_refused' ? ', error="invalid_token"' : '';
  ctx.set('WWW-Authenticate', `Bearer realm="sluice"${error}`);
  return new Problem(code, detail);
}

function presentedKey(ctx: Context): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1];
  return bearer ?? (ctx.get('X-API-Key') || undefined);
}
