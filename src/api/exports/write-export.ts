import { createHash } from 'node:crypto';
import type { LogScan, ScanPage } from '../logs/ports';
import type { ExportAccount } from '../../exports/account';
import type { ExportFormat } from '../../exports/format';
import { FIRST_SIZE, nextSize } from '../../exports/page-size';

/** Text is handed on in pieces of this many bytes, or a log more. */
export const CHUNK_BYTES = 64 * 1024;

/** The first page of an export: what fails in it can still be answered with a problem. */
export function firstPage(scan: LogScan, limit: number): Promise<ScanPage> {
  return scan.next(Math.min(FIRST_SIZE, limit));
}

/**
 * An export piece by piece. The next page is asked for when the last piece of the one before was taken.
 *
 * @param page the first one, of {@link firstPage}
 * @param done told at the end, before the last piece; not when the scan fails
 * @throws what `scan` throws
 */
export async function* writeExport(
  scan: LogScan,
  page: ScanPage,
  { head, line, foot }: ExportFormat,
  limit: number,
  done: (account: ExportAccount) => void,
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  const { total } = page;
  const end = Math.min(limit, total);
  let count = 0;
  let text = head;
  const take = () => {
    const piece = Buffer.from(text);
    hash.update(piece);
    text = '';
    return piece;
  };
  let { logs } = page;
  for (;;) {
    let bytes = text.length;
    for (const log of logs) {
      text += line(log);
      if (text.length < CHUNK_BYTES) continue;
      const piece = take();
      bytes += piece.length;
      yield piece;
    }
    bytes += text.length;
    count += logs.length;
    if (count >= end || logs.length === 0) break;
    ({ logs } = await scan.next(Math.min(nextSize(logs.length, bytes), end - count)));
  }
  const rest = take();
  const account = { count, total, complete: count === total, sha256: hash.digest('hex') };
  done(account);
  yield Buffer.concat([rest, Buffer.from(foot(account))]);
}
