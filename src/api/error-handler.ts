import type { Context, Middleware, Next } from 'koa';
import { PipelineError } from '../domain/errors';
import type { Logger } from '../logger';
import { Problem, PROBLEMS, problemBody, type ProblemCode } from './problem';

/**
 * Turns whatever goes wrong behind it into application/problem+json. What is not meant for clients is logged with the
 * request id and answered without its words.
 */
export function errorHandler(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      rejectUnanswered(ctx);
    } catch (error) {
      // The client has left: nobody reads an answer, and the aborted search is no news.
      if (ctx.req.socket.destroyed) return;
      const problem = toProblem(error);
      if (problem.status >= 500) {
        const level = problem.code === 'internal_error' ? 'error' : 'warn';
        const fields = { code: problem.code, requestId: ctx.state.requestId as string, error: loggedError(error) };
        logger[level](fields, 'request failed');
      }
      answer(ctx, problem);
    }
  };
}

/** What no route has answered is not there. */
function rejectUnanswered(ctx: Context): void {
  if (ctx.body !== undefined && ctx.body !== null) return;
  if (ctx.status === 404)
    throw new Problem('not_found', `Nothing answers at ${shownPath(ctx)}; GET / lists what does.`);
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PipelineError && Object.hasOwn(PROBLEMS, error.code)) {
    return new Problem(error.code as ProblemCode, `${sentence(error.message)} Try again.`, [], { cause: error });
  }
  return new Problem('internal_error', 'The cause is in the log of the API, under the request id.', [], {
    cause: error,
  });
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function answer(ctx: Context, problem: Problem): void {
  ctx.status = problem.status;
  ctx.state['problem'] = problem.code;
  ctx.set({ ...problem.headers, 'Cache-Control': 'no-store' });
  ctx.body = problemBody(problem, shownPath(ctx), String(ctx.state.requestId));
  ctx.type = 'application/problem+json';
}

/**
 * An error for the log: its words, its frames and its causes' words. Not its other fields: a client library keeps the
 * whole request in them, and so what somebody searched for.
 */
function loggedError(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(cause instanceof Error ? { cause: { name: cause.name, message: cause.message } } : {}),
  };
}

const SHOWN_PATH_LENGTH = 200;

/** The path without its query, which may hold what somebody searched for. */
function shownPath(ctx: Context): string {
  return ctx.path.slice(0, SHOWN_PATH_LENGTH);
}

const MAX_URL_LENGTH = 8192;

/** Refuses addresses longer than any query needs. */
export async function limitUrl(ctx: Context, next: Next): Promise<void> {
  if (ctx.url.length > MAX_URL_LENGTH) {
    throw new Problem(
      'uri_too_long',
      `The address has ${ctx.url.length} characters, at most ${MAX_URL_LENGTH} are read.`,
    );
  }
  await next();
}
