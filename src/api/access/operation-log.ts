import type { Context, Middleware } from 'koa';
import type { Logger } from '../../logger';
import { callerOf } from './guard';

/** What names an operation in answers and paths. */
const IDS = ['id', 'operation', 'request_id', 'workflow_id', 'signal'] as const;
const PLAIN = /^[\w.:@/-]{1,200}$/;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The audit log: one line for each order, carried out or refused, and for each request that a key was refused for. It says
 * who, what, which, and what became of it; never a key, a body, a query or a record. LOG_LEVEL does not silence it.
 */
export function operationLog(logger: Logger): Middleware {
  const audit = logger.level === 'silent' ? logger : logger.child({ audit: true }, { level: 'info' });
  return async (ctx, next) => {
    await next();
    const refused = ctx.status === 401 || ctx.status === 403;
    if (READS.has(ctx.method) && !refused) return;
    const caller = callerOf(ctx);
    audit.info(
      {
        key: caller?.keyId ?? (ctx.state['refusedKeyId'] as string | undefined) ?? null,
        name: caller?.name ?? null,
        scope: caller?.scope ?? null,
        client: ctx.req.socket.remoteAddress ?? null,
        method: ctx.method,
        route: (ctx as { _matchedRoute?: string })._matchedRoute ?? null,
        ids: idsOf(ctx),
        ...outcomeOf(ctx),
        requestId: ctx.state['requestId'] as string,
      },
      'operation',
    );
  };
}

function outcomeOf(ctx: Context) {
  // Nothing was answered to a client that has left, and what it ordered may have been done.
  if (ctx.req.socket.destroyed) return { outcome: 'client left' };
  const problem = ctx.state['problem'] as string | undefined;
  return { outcome: ctx.status < 400 ? 'done' : 'refused', status: ctx.status, ...(problem ? { problem } : {}) };
}

/** Those of the path and of the answer. */
function idsOf(ctx: Context): Record<string, string> {
  const body = typeof ctx.body === 'object' && ctx.body !== null ? (ctx.body as Record<string, unknown>) : {};
  const answered = ctx.status < 400 ? IDS.map((name) => [name, body[name]] as const) : [];
  const asked = Object.entries((ctx.params ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    [...asked, ...answered].filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && PLAIN.test(entry[1]),
    ),
  );
}
