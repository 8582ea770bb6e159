import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { CliFailure, EXIT } from './failures';

/** Where the bytes of a download go. */
export interface Sink {
  write(piece: Buffer): Promise<void>;
  /** Of all bytes so far, in hexadecimal; may be called once. */
  sha256(): string;
  readonly bytes: number;
  /** The file is whole: it gets its name. */
  keep(): Promise<void>;
  /** Nothing is left of it. */
  drop(): Promise<void>;
}

/** A file beside `path`, which it replaces once it is kept. @throws CliFailure usage when it cannot be written */
export async function fileSink(path: string): Promise<Sink> {
  const beside = `${path}.${randomBytes(4).toString('hex')}.part`;
  const failed = (error: unknown) =>
    new CliFailure(EXIT.usage, `cannot write ${path}: ${(error as Error).message}`, undefined, { cause: error });
  const file = await open(beside, 'wx', 0o600).catch((error: unknown) => {
    throw failed(error);
  });
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    async write(piece) {
      hash.update(piece);
      bytes += piece.length;
      await file.writeFile(piece).catch((error: unknown) => {
        throw failed(error);
      });
    },
    sha256: () => hash.digest('hex'),
    async keep() {
      try {
        await file.sync();
        await file.close();
        await rename(beside, path);
      } catch (error) {
        throw failed(error);
      }
    },
    async drop() {
      await file.close().catch(() => undefined);
      await rm(beside, { force: true }).catch(() => undefined);
    },
  };
}

/** A stream, as fast as its reader takes it: what went out is out. */
export function streamSink(out: NodeJS.WritableStream): Sink {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    async write(piece) {
      hash.update(piece);
      bytes += piece.length;
      if (!out.write(piece)) await new Promise((resolve) => out.once('drain', resolve));
    },
    sha256: () => hash.digest('hex'),
    keep: async () => undefined,
    drop: async () => undefined,
  };
}
