import type { Context } from 'koa';
import { z } from 'zod';
import { TRAILERS, trailersOf } from '../../exports/account';
import { exportFormat, type ExportFormat } from '../../exports/format';
import { hasLeft, sendExport } from '../exports/send-export';
import { firstPage, writeExport } from '../exports/write-export';
import { toFilter } from '../logs/filter';
import { HEAVY } from '../access/limits';
import type { Logger } from '../../logger';
import type { AppDeps, ExportSettings } from '../ports';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { csvExample, ndjsonExample } from '../schemas/log-examples';
import { exportQuery } from '../schemas/log-queries';
import { invalidParameters } from '../validate';
import { PipelineError } from '../../domain/errors';
import { logProblems } from './logs';

/** Exports take from seconds to minutes. */
const RETRY_AFTER_S = 10;

type ExportDeps = Pick<AppDeps, 'logs' | 'logger' | 'now'>;

/** The route that writes all logs of a filter into one answer. */
export function logExportRoutes(deps: ExportDeps, settings: ExportSettings): Route[] {
  const { logs, logger, now = Date.now } = deps;
  const { maxLimit, concurrency } = settings;
  let running = 0;
  return [
    route({
      method: 'get',
      path: '/logs/export',
      tag: 'logs',
      scope: 'read',
      cost: HEAVY,
      summary: 'Export logs as NDJSON or CSV',
      description: DESCRIPTION,
      query: exportQuery,
      answers: {
        200: {
          description: 'The logs. A connection that is cut before its end says that something failed on the way.',
          headers: HEADERS,
          content: {
            'application/x-ndjson': { schema: z.string(), example: ndjsonExample },
            'text/csv': { schema: z.string(), example: csvExample },
          },
        },
      },
      problems: [...logProblems, 'too_many_exports'],
      handle: async ({ query, signal }, ctx) => {
        const { limit = settings.limit, sort, fields } = query;
        if (limit > maxLimit) {
          throw invalidParameters([
            { parameter: 'limit', detail: `must be at most ${maxLimit} (API_EXPORT_MAX_LIMIT)` },
          ]);
        }
        const filter = toFilter(query, now());
        const format = exportFormat(query);
        if (ctx.method === 'HEAD') return setHeaders(ctx, format, now());
        if (running >= concurrency) {
          ctx.set('Retry-After', String(RETRY_AFTER_S));
          throw new Problem('too_many_exports', `At most ${concurrency} are written at a time. Try again.`);
        }
        running += 1;
        const scan = logs.scan({ filter, sort, fields }, signal);
        try {
          const page = await firstPage(scan, limit);
          setHeaders(ctx, format, now(), page.total);
          const pieces = writeExport(scan, page, format, limit, (account) => addTrailers(ctx, trailersOf(account)));
          await send(ctx, pieces, logger);
        } finally {
          running -= 1;
          scan.close();
        }
      },
    }),
  ];
}

const DESCRIPTION =
  'Every log that matches when it begins, once, whatever comes in meanwhile, up to `limit`. The trailers ' +
  `${TRAILERS.join(', ')} tell at the end how many were written, whether those are all, and the checksum of the unpacked ` +
  'body; the last line of NDJSON, {"sluice_export": ...}, tells the same and is not part of the checksum.';

const HEADERS = {
  'X-Sluice-Total': {
    description: 'Logs that matched when the export began; those beyond the limit are not written.',
    schema: { type: 'integer' },
    example: 2,
  },
  'Content-Disposition': {
    description: 'A name for the file.',
    schema: { type: 'string' },
    example: 'attachment; filename="logs-20261124T120000Z.ndjson"',
  },
};

/** @param total absent when nothing was searched */
function setHeaders(ctx: Context, format: ExportFormat, nowMs: number, total?: number): void {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  ctx.status = 200;
  ctx.set({
    'Content-Type': format.contentType,
    'Content-Disposition': `attachment; filename="logs-${time}.${format.extension}"`,
    'Cache-Control': 'no-store',
    ...(total === undefined ? {} : { 'X-Sluice-Total': String(total) }),
    ...(total !== undefined && hasTrailers(ctx) ? { Trailer: TRAILERS.join(', ') } : {}),
  });
}

/** Trailers come behind the last chunk, and HTTP/1.0 has no chunks. */
function hasTrailers({ req }: Context): boolean {
  return req.httpVersionMajor > 1 || req.httpVersionMinor > 0;
}

function addTrailers(ctx: Context, trailers: Record<string, string>): void {
  if (hasTrailers(ctx)) ctx.res.addTrailers(trailers);
}

async function send(ctx: Context, pieces: AsyncIterable<Buffer>, logger: Logger): Promise<void> {
  const gzip = ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (gzip) ctx.set('Content-Encoding', 'gzip');
  // The answer is written here: Koa would leave it open when the search fails on the way.
  ctx.respond = false;
  try {
    await sendExport(pieces, ctx.res, gzip);
  } catch (error) {
    const requestId = ctx.state['requestId'] as string;
    if (error instanceof PipelineError) logger.warn({ requestId, code: error.code }, 'export cut: search failed');
    else if (hasLeft(error)) logger.debug({ requestId }, 'export cut: its reader left');
    else logger.error({ requestId, error: (error as Error).stack }, 'export cut: a mistake of ours');
  }
}
