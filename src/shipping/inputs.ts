import { createReadStream, type ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Something that lines are read from. */
export interface Input {
  /** As it was given; `-` for standard input. */
  name: string;
  /** Bytes on disk, which with compression are fewer than those of the lines; undefined for a pipe. */
  size: number | undefined;
  /** Opens it anew; standard input only once. */
  open: () => OpenInput;
}

export interface OpenInput {
  stream: Readable;
  /** Bytes on disk that were read so far. */
  read: () => number;
}

/** A file that cannot be read as lines, with what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const CHUNK_BYTES = 256 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);
/** What other programs have to undo first, by how it begins. */
const OTHERS: { begins: Buffer; what: string; undo: string }[] = [
  { begins: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), what: 'compressed with zstd', undo: 'zstdcat' },
  { begins: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), what: 'compressed with xz', undo: 'xzcat' },
  { begins: Buffer.from('BZh'), what: 'compressed with bzip2', undo: 'bzcat' },
  { begins: Buffer.from([0xff, 0xfe]), what: 'written in UTF-16', undo: 'iconv -f UTF-16 -t UTF-8' },
  { begins: Buffer.from([0xfe, 0xff]), what: 'written in UTF-16', undo: 'iconv -f UTF-16 -t UTF-8' },
];

/**
 * A file, plain or compressed with gzip.
 *
 * @throws InputError when it is none, cannot be read, or is packed otherwise
 */
export async function fileInput(path: string): Promise<Input> {
  const begin = Buffer.alloc(8);
  let size: number;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new InputError(`${path} is a folder: name its files, such as ${path}/*.log`);
    // A named pipe or a device has no size, and must be opened once only.
    if (!found.isFile()) return { name: path, size: undefined, open: () => plain(createReadStream(path)) };
    ({ size } = found);
    const handle = await open(path);
    await handle.read(begin, 0, begin.length, 0).finally(() => handle.close());
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const other = OTHERS.find(({ begins }) => begin.subarray(0, begins.length).equals(begins));
  if (other) throw new InputError(`${path} is ${other.what}: ${other.undo} ${path} | sluice send -`);
  const packed = begin.subarray(0, GZIP.length).equals(GZIP);
  return {
    name: path,
    size,
    open: () => {
      const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      return packed ? unpacked(file) : plain(file);
    },
  };
}

/** Standard input, or any other stream that is read once. */
export function streamInput(name: string, stream: Readable): Input {
  return { name, size: undefined, open: () => ({ stream, read: () => 0 }) };
}

function plain(file: ReadStream): OpenInput {
  return { stream: file, read: () => file.bytesRead };
}

function unpacked(file: ReadStream): OpenInput {
  const stream = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on('error', (error) => stream.destroy(error));
  stream.on('close', () => file.destroy());
  return { stream: file.pipe(stream), read: () => file.bytesRead };
}
