import { createHash } from 'node:crypto';
import type { LogScan, ScanPage } from '../logs/ports';
import type { ExportAccount } from './account';
import type { ExportFormat } from './format';

/** Text is handed on in pieces of this many bytes, or a log more. */
export const CHUNK_BYTES = 64 * 1024;
/** Pages are made to be about this large as text: one is in memory at a time. */
const PAGE_BYTES = 4 * 1024 * 1024;
/** Logs of the first page, when nobody knows yet how large they are. */
const FIRST_SIZE = 100;
const MAX_SIZE = 1000;

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

/** Grows twofold at most: one small log says little of the next thousand. */
function nextSize(size: number, bytes: number): number {
  const fitting = Math.floor((PAGE_BYTES * size) / Math.max(bytes, 1));
  return Math.max(1, Math.min(MAX_SIZE, 2 * Math.max(size, FIRST_SIZE / 2), fitting));
}
