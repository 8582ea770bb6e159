import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { PipelineFileError } from './pipeline-file-error';

/** A hundred topics that say everything take less. */
export const MAX_FILE_BYTES = 256 * 1024;

/**
 * The text of a pipeline file.
 *
 * @throws PipelineFileError when it is not there, no regular file, too large or no UTF-8
 */
export async function readPipelineText(file: string): Promise<string> {
  const refuse = (why: string) => new PipelineFileError(file, [`: ${why}`]);
  const bytes = await readBytes(file, refuse).catch((error: unknown) => {
    if (error instanceof PipelineFileError) throw error;
    throw refuse(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('is not valid UTF-8: save it as UTF-8');
  }
}

async function readBytes(file: string, refuse: (why: string) => Error): Promise<Buffer> {
  // A pipe that nobody writes to would hold the open up.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw refuse('is no regular file');
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (length > MAX_FILE_BYTES) throw refuse(`is larger than ${MAX_FILE_BYTES} bytes`);
      if (bytesRead === 0) return buffer.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
}
