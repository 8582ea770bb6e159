import type { Context, Next } from 'koa';
import { JsonText, toJson } from '../domain/json-text';

const READS = new Set(['GET', 'HEAD']);

/**
 * Makes JSON of what a read is answered with, once: Koa would make it to know the length, for whoever asks for that, and
 * again to send it, and a page of logs is large. Answers to orders stay objects, for the audit log.
 */
export async function serialiseOnce(ctx: Context, next: Next): Promise<void> {
  await next();
  const body: unknown = ctx.body;
  if (READS.has(ctx.method) && isPlain(body)) ctx.body = toJson(body);
}

/** What JSON is made of: neither bytes nor a stream. */
function isPlain(body: unknown): body is object {
  if (typeof body !== 'object' || body === null) return false;
  return Array.isArray(body) || body instanceof JsonText || Object.getPrototypeOf(body) === Object.prototype;
}
