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
