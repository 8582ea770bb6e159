import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportPart, ExportView, PartWriter } from '../activities/export-ports';
import { inFolder, isMissing, readJson, writeOnce } from './files';

/**
 * The parts of one export's file. A part is a file of bytes and a file that says what it is; the second one is made last,
 * at once, and only once, so whoever reads finds whole parts, and of two attempts at a part one wins.
 */

const DIGITS = 6;
const padded = (number: number) => String(number).padStart(DIGITS, '0');
const viewName = (number: number) => `view-${padded(number)}.json`;
const metaName = (view: number, part: number) => `part-${padded(view)}-${padded(part)}.json`;
const VIEW = /^view-(\d{6})\.json$/;
const OF_A_VIEW = /^(?:view|part)-(\d{6})/;

export async function newestView(folder: string): Promise<ExportView | undefined> {
  const numbers = (await namesIn(folder)).flatMap((name) => VIEW.exec(name)?.[1] ?? []);
  const newest = numbers.map(Number).sort((a, b) => b - a)[0];
  return newest === undefined ? undefined : readJson<ExportView>(join(folder, viewName(newest)));
}

export function addView(folder: string, view: ExportView): Promise<boolean> {
  return writeOnce(join(folder, viewName(view.number)), view);
}

/** In order, up to the first that is not whole: after a loss of power the bytes may be shorter than they should be. */
export async function wholeParts(folder: string, view: number): Promise<ExportPart[]> {
  const parts: ExportPart[] = [];
  for (;;) {
    const meta = join(folder, metaName(view, parts.length + 1));
    const part = await readJson<ExportPart>(meta);
    if (!part) return parts;
    if ((await sizeOf(join(folder, part.file))) !== part.bytes) {
      await rm(meta, { force: true });
      return parts;
    }
    parts.push(part);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Begins a part. Its bytes have a name of their own until it is known whether they count. */
export async function openPart(folder: string, view: number, number: number): Promise<PartWriter> {
  const name = `part-${padded(view)}-${padded(number)}-${randomBytes(6).toString('hex')}`;
  const path = join(folder, name);
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  const discard = async () => {
    await file.close().catch(() => undefined);
    await rm(path, { force: true }).catch(() => undefined);
  };
  return {
    get bytes() {
      return bytes;
    },
    write: (piece) =>
      inFolder(async () => {
        hash.update(piece);
        await file.writeFile(piece);
        bytes += piece.length;
      }),
    commit: (meta) =>
      inFolder(async () => {
        await file.sync();
        await file.close();
        const part: ExportPart = { number, file: name, bytes, sha256: hash.digest('hex'), ...meta };
        if (await writeOnce(join(folder, metaName(view, number)), part)) return part;
        await discard();
        return undefined;
      }),
    discard,
  };
}

/** Bytes of a part's file; from `start` up to, not including, `end` where those are given. */
export async function* readBytes(folder: string, file: string, start = 0, end?: number): AsyncGenerator<Buffer, void> {
  const upTo = end === undefined ? {} : { end: end - 1 };
  try {
    for await (const piece of createReadStream(join(folder, file), { start, ...upTo })) yield piece as Buffer;
  } catch (error) {
    await inFolder(() => Promise.reject(error as Error));
  }
}

/** Removes what is not of this view, and within it what is no whole part; everything without a view. */
export async function tidyParts(folder: string, view?: number): Promise<void> {
  const kept = new Set<string>();
  if (view !== undefined) {
    kept.add(viewName(view));
    for (const part of await wholeParts(folder, view)) {
      kept.add(part.file);
      kept.add(metaName(view, part.number));
    }
  }
  // What says that bytes are a part goes before they do.
  const gone = (await namesIn(folder)).filter((name) => OF_A_VIEW.test(name) && !kept.has(name)).sort(metasFirst);
  for (const name of gone) await rm(join(folder, name), { force: true });
}

function metasFirst(a: string, b: string): number {
  return Number(b.endsWith('.json')) - Number(a.endsWith('.json'));
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}
