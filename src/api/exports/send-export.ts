import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/**
 * Writes pieces to an answer as fast as its reader takes them, and ends it. Where that fails the connection is cut, so
 * that nobody takes the part for the whole; the server cuts a reader that takes nothing.
 *
 * @throws what `pieces` throws, or the error of a connection that was closed
 */
export async function sendExport(pieces: AsyncIterable<Buffer>, answer: Writable, gzip: boolean): Promise<void> {
  // One piece waits, no more.
  const source = Readable.from(pieces, { objectMode: true, highWaterMark: 1 });
  try {
    if (gzip) await pipeline(source, createGzip(), answer);
    else await pipeline(source, answer);
  } catch (error) {
    answer.destroy();
    throw error;
  }
}

const LEFT = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE', 'ABORT_ERR']);

/** Whether an answer ended because its reader has left, which is nobody's mistake. */
export function hasLeft(error: unknown): boolean {
  const { code = '', name } = error as NodeJS.ErrnoException;
  return LEFT.has(code) || name === 'RequestAbortedError';
}
