import { z } from 'zod';
import type { Context } from 'koa';
import type { ExportResult, StoredExport } from '../../domain/export';
import { exportFormat } from '../../exports/format';
import { callerOf } from '../access/guard';
import { HEAVY } from '../access/limits';
import { readRange, type ByteRange } from '../exports/byte-range';
import { findExport, type LongExportDeps } from '../exports/order-export';
import { hasLeft, sendExport } from '../exports/send-export';
import { Problem } from '../problem';
import { route, type Route } from '../route';
import { csvExample, ndjsonExample } from '../schemas/log-examples';
import { exportParams, fileHeaders } from '../schemas/log-exports';
import { noQuery } from '../schemas/log-queries';
import { exportProblems } from './log-exports';

const content = {
  'application/x-ndjson': { schema: z.string(), example: ndjsonExample },
  'text/csv': { schema: z.string(), example: csvExample },
};

const HEADERS = {
  'Accept-Ranges': { description: 'Ranges of bytes may be asked for.', schema: { type: 'string' }, example: 'bytes' },
  ETag: { description: 'The SHA-256 of the file, in quotation marks.', schema: { type: 'string' } },
  'Repr-Digest': { description: 'The SHA-256 of the file, as RFC 9530 writes it.', schema: { type: 'string' } },
  'X-Sluice-SHA256': { description: 'The SHA-256 of the file, in hexadecimal.', schema: { type: 'string' } },
  'X-Sluice-Count': { description: 'Logs in the file.', schema: { type: 'integer' }, example: 2 },
  'X-Sluice-Total': { description: 'Logs that matched.', schema: { type: 'integer' }, example: 2 },
  'X-Sluice-Complete': { description: 'False when the limit cut it.', schema: { type: 'boolean' }, example: true },
};

/** The route that hands out the file of a long export. */
export function exportFileRoutes(deps: LongExportDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/logs/exports/{id}/file',
      tag: 'logs',
      scope: 'read',
      cost: HEAVY,
      summary: 'The file of a long export',
      description:
        'As GET /logs/export writes it, without the last line about itself: length, count and checksum are known before ' +
        'the first byte. A download that was cut goes on with a Range.',
      query: noQuery,
      params: exportParams,
      headers: fileHeaders,
      answers: {
        200: { description: 'The whole file.', headers: HEADERS, content },
        206: { description: 'The range that was asked for.', headers: HEADERS, content },
      },
      problems: [
        ...exportProblems,
        ...(['not_found', 'export_not_found', 'export_not_done', 'range_not_satisfiable'] as const),
      ],
      handle: async ({ params: { id } }, ctx) => {
        const stored = await findExport(deps, id, callerOf(ctx));
        const { result } = stored;
        if (!result) throw new Problem('export_not_done', `The export is ${stored.status}: it has no file yet.`);
        const range = rangeOf(ctx, result);
        setHeaders(ctx, stored, result, range);
        if (ctx.method === 'HEAD') return;
        await send(ctx, deps, id, range ?? { start: 0, end: result.bytes });
      },
    }),
  ];
}

/** @throws Problem range_not_satisfiable */
function rangeOf(ctx: Context, { bytes, sha256 }: ExportResult): ByteRange | undefined {
  const known = ctx.get('If-Range');
  if (known !== '' && known !== `"${sha256}"`) return undefined;
  const range = readRange(ctx.get('Range'), bytes);
  if (range !== 'unsatisfiable') return range;
  ctx.set('Content-Range', `bytes */${bytes}`);
  throw new Problem('range_not_satisfiable', `The file has ${bytes} bytes.`);
}

function setHeaders(ctx: Context, { order }: StoredExport, result: ExportResult, range: ByteRange | undefined): void {
  const { bytes, sha256, logs, total, complete } = result;
  const { contentType, extension } = exportFormat({ ...order, summary: false });
  const time = order.orderedAt.replace(/[-:]|\.\d+/g, '');
  ctx.status = range ? 206 : 200;
  ctx.set({
    'Content-Type': contentType,
    'Content-Disposition': `attachment; filename="logs-${time}.${extension}"`,
    'Content-Length': String(range ? range.end - range.start : bytes),
    ...(range ? { 'Content-Range': `bytes ${range.start}-${range.end - 1}/${bytes}` } : {}),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    ETag: `"${sha256}"`,
    'Repr-Digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    ...{ 'X-Sluice-SHA256': sha256, 'X-Sluice-Count': String(logs) },
    ...{ 'X-Sluice-Total': String(total), 'X-Sluice-Complete': String(complete) },
  });
}

async function send(ctx: Context, { desk, logger }: LongExportDeps, id: string, range: ByteRange): Promise<void> {
  // Written here: packed it would have neither its length nor ranges, and Koa would leave it open where reading fails.
  ctx.respond = false;
  try {
    await sendExport(wholeOf(desk.shelf.readFile(id, range.start, range.end), range), ctx.res, false);
  } catch (error) {
    const requestId = ctx.state['requestId'] as string;
    if (hasLeft(error)) logger.debug({ requestId }, 'file of an export cut: its reader left');
    else logger.warn({ requestId, code: (error as { code?: string }).code }, 'file of an export cut: not readable');
  }
}

/** @throws RangeError when there is less than there should be: the answer is cut then */
async function* wholeOf(pieces: AsyncIterable<Buffer>, { start, end }: ByteRange): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    yield piece;
  }
  if (bytes !== end - start) throw new RangeError('the file was removed meanwhile');
}
