import type { Context, Middleware } from 'koa';
import { isIPv6 } from 'node:net';
import { Problem } from '../problem';
import { callerOf } from './guard';
import { createRateLimiter, type Allowance } from './rate-limiter';

export interface LimitSettings {
  /** Points a client gets back in a second; 0 sets no limit. */
  ratePerSecond: number;
  /** Heavy requests of one client at a time; 0 sets no limit. */
  heavyAtOnce: number;
}

/** Holds clients to their share. */
export interface Limits {
  /** Counts a request whose route costs this many points. @throws Problem rate_limited */
  of: (cost: number) => Middleware;
  /** Counts a refused key. @throws Problem rate_limited, instead of the refusal, to who tries many */
  refused: (ctx: Context) => void;
}

/** A request of this cost is heavy: it makes Elasticsearch look at every log that it selects. */
export const HEAVY = 5;
/** Of an order that starts a workflow. */
export const ORDER_COST = 20;
const BURST_S = 5;
/** Wrong keys an address may try at once, and again in a second. */
const WRONG_KEYS = { burst: 20, perSecond: 0.5 };

/** Limits by key, and by address where there are no keys. Addresses are the peer's: no header is believed. */
export function createLimits(settings: LimitSettings, now: () => number = Date.now): Limits {
  const { ratePerSecond, heavyAtOnce } = settings;
  const rate = createRateLimiter({ perSecond: ratePerSecond, burst: ratePerSecond * BURST_S, now });
  const wrong = createRateLimiter({ ...WRONG_KEYS, now });
  const running = new Map<string, number>();

  const count = (ctx: Context, cost: number) => {
    if (ratePerSecond === 0) return;
    const allowance = rate.take(clientOf(ctx), cost);
    ctx.set('RateLimit-Policy', `"client";q=${rate.burst};w=${BURST_S}`);
    ctx.set('RateLimit', `"client";r=${allowance.left};t=${allowance.waitS}`);
    if (!allowance.allowed) throw limited(ctx, allowance, 'Too many requests in too short a time.');
  };
  const oneMore = (ctx: Context): (() => void) => {
    const client = clientOf(ctx);
    const others = running.get(client) ?? 0;
    if (others >= heavyAtOnce) {
      throw limited(ctx, { waitS: 1 }, `${heavyAtOnce} heavy requests are under way: wait for one of them.`);
    }
    running.set(client, others + 1);
    return () => {
      const left = running.get(client)! - 1;
      if (left === 0) running.delete(client);
      else running.set(client, left);
    };
  };
  return {
    of: (cost) => async (ctx, next) => {
      count(ctx, cost);
      const done = cost >= HEAVY && heavyAtOnce > 0 ? oneMore(ctx) : undefined;
      try {
        await next();
      } finally {
        done?.();
      }
    },
    refused: (ctx) => {
      if (ratePerSecond === 0) return;
      const allowance = wrong.take(addressOf(ctx), 1);
      if (!allowance.allowed) throw limited(ctx, allowance, 'Too many keys that are not valid came from this address.');
    },
  };
}

function limited(ctx: Context, { waitS }: Pick<Allowance, 'waitS'>, detail: string): Problem {
  ctx.set('Retry-After', String(waitS));
  return new Problem('rate_limited', detail);
}

function clientOf(ctx: Context): string {
  const caller = callerOf(ctx);
  return caller ? `key ${caller.keyId}` : addressOf(ctx);
}

/** Of IPv6 the network: one machine has as many addresses in it as it likes. */
export function addressOf(ctx: Context): string {
  const address = (ctx.req.socket.remoteAddress ?? 'gone').replace(/^::ffff:/, '');
  return isIPv6(address) && address !== '::1' ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const first = head.split(':').filter(Boolean);
  const last = tail?.split(':').filter(Boolean) ?? [];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(Math.max(0, zeros)).fill('0'), ...last];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
