import { Readable } from 'node:stream';
import type Koa from 'koa';
import supertest from 'supertest';
import { problemSchema } from '../../../src/api/schemas/answers';
import { createAnswerCheck, type AnswerCheck, type OpenApiDocument } from './document';

let check: Promise<AnswerCheck> | undefined;
const undocumented: string[] = [];

/**
 * Makes an app hold each of its answers against its document; what is not documented fails the test that saw it.
 *
 * @param describe an app with the same routes: reading the document counts against the limits of nobody
 */
export function watchAnswers(app: Koa, describe: () => Koa): Koa {
  const readDocument = async () => {
    const { body } = await supertest(describe().callback()).get('/openapi.json');
    return createAnswerCheck(body as OpenApiDocument);
  };
  app.middleware.unshift(async (ctx, next) => {
    const checking = await (check ??= readDocument());
    // A packed body could not be looked at.
    delete ctx.req.headers['accept-encoding'];
    await next();
    // Nobody reads what a client that has left is answered.
    if (ctx.req.socket.destroyed) return;
    if (ctx.method === 'HEAD' || ctx.method === 'OPTIONS' || ctx.status === 404) return judgeProblem(ctx);
    const place = checking.find(ctx.method, ctx.path);
    if (!place) return judgeProblem(ctx);
    undocumented.push(...checking.check(place, { status: ctx.status, type: ctx.response.type, body: bodyOf(ctx) }));
  });
  return app;
}

/** As a client reads it; nothing of a stream. */
function bodyOf(ctx: Koa.Context): unknown {
  const body: unknown = ctx.body;
  if (body instanceof Readable) return '';
  const isJson = typeof body === 'string' && ctx.response.type.endsWith('json');
  return isJson ? JSON.parse(body) : JSON.parse(JSON.stringify(body ?? null));
}

/** Where the document names nothing, an error is a problem all the same. */
function judgeProblem(ctx: Koa.Context): void {
  if (ctx.status < 400 || problemSchema.safeParse(bodyOf(ctx)).success) return;
  undocumented.push(`${ctx.method} ${ctx.path} ${ctx.status} is no problem`);
}

/** Answers that no document speaks of, since the last call. */
export function takeUndocumented(): string[] {
  return undocumented.splice(0);
}
