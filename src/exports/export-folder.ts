import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFolder, ExportPart } from '../activities/export-ports';
import { PipelineError } from '../domain/errors';
import { isExportId, isExportOver, type ExportRecord, type StoredExport } from '../domain/export';
import { addView, newestView, openPart, readBytes, tidyParts, wholeParts } from './export-parts';
import { inFolder, isMissing, makeFolder, readJson, writeWhole } from './files';

export interface ExportFolderSettings {
  folder: string;
  /** How long an export is kept after its last change. */
  retentionMs: number;
  /** Bytes of all files together. */
  maxBytes: number;
  now?: () => number;
}

/** The folder as the API uses it. */
export interface ExportShelf extends ExportFolder {
  /** Keeps an order; false when there is one of its id already. */
  create(stored: StoredExport): Promise<boolean>;
  /** Those of a topic, the newest first. */
  list(topic: string): Promise<StoredExport[]>;
  /** Bytes of a finished file, from `start` up to, not including, `end`. What is removed meanwhile is missing at its end. */
  readFile(id: string, start: number, end: number): AsyncIterable<Buffer>;
}

/** Exports that are kept, at most: of more the oldest that have ended go. */
const MAX_KEPT = 1000;
/** What a process that died has left of an order or a removal. */
const LEFT_OVER = /^\.(?:new|gone)-/;
const LEFT_OVER_MS = 3_600_000;

/** Exports in a folder, each in a folder of its own that is named by its id. */
export function createExportFolder({
  folder,
  retentionMs,
  maxBytes,
  now = Date.now,
}: ExportFolderSettings): ExportShelf {
  const pathOf = (id: string) => {
    if (!isExportId(id)) throw new RangeError('not the id of an export');
    return join(folder, id);
  };
  const aside = (kind: 'new' | 'gone', id: string) => join(folder, `.${kind}-${id}-${randomBytes(4).toString('hex')}`);

  async function read(id: string): Promise<StoredExport | undefined> {
    const path = pathOf(id);
    const [order, record] = await Promise.all([
      readJson<StoredExport['order']>(join(path, 'order.json')),
      readJson<ExportRecord>(join(path, 'state.json')),
    ]);
    return order && record ? { order, ...record } : undefined;
  }

  async function all(): Promise<StoredExport[]> {
    const found: StoredExport[] = [];
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const name of names) {
      const one = isExportId(name) ? await read(name) : undefined;
      if (one) found.push(one);
    }
    return found.sort((a, b) => (a.order.orderedAt < b.order.orderedAt ? 1 : -1));
  }

  /** At once for whoever reads, and then file by file. */
  async function remove(id: string): Promise<void> {
    const gone = aside('gone', id);
    try {
      await rename(pathOf(id), gone);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await rm(gone, { recursive: true, force: true });
  }

  /** The oldest that have ended come first. */
  async function ended(): Promise<{ exports: StoredExport[]; removable: StoredExport[] }> {
    const exports = await all();
    const removable = exports.filter(({ status }) => isExportOver(status));
    return { exports, removable: removable.sort((a, b) => (a.savedAt < b.savedAt ? -1 : 1)) };
  }

  async function removeLeftOvers(): Promise<void> {
    for (const name of await readdir(folder)) {
      if (!LEFT_OVER.test(name)) continue;
      const path = join(folder, name);
      const changedMs = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      );
      if (now() - changedMs > LEFT_OVER_MS) await rm(path, { recursive: true, force: true });
    }
  }

  return {
    read: (id) => inFolder(() => read(id)),
    create: ({ order, ...record }) =>
      inFolder(async () => {
        await makeFolder(folder);
        const { exports, removable } = await ended();
        for (const one of removable.slice(0, Math.max(0, exports.length + 1 - MAX_KEPT))) await remove(one.order.id);
        const fresh = aside('new', order.id);
        await mkdir(fresh, { mode: 0o700 });
        try {
          await writeWhole(join(fresh, 'order.json'), order);
          await writeWhole(join(fresh, 'state.json'), record);
          // Fails when there is one of this name: none is ever empty.
          await rename(fresh, pathOf(order.id));
          return true;
        } catch (error) {
          await rm(fresh, { recursive: true, force: true });
          if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
          throw error;
        }
      }),
    update: (id, change) =>
      inFolder(async () => {
        const stored = await read(id);
        if (!stored) throw missing(id);
        const { order, ...record } = stored;
        const next: ExportRecord = { ...record, ...change, savedAt: new Date(now()).toISOString() };
        await writeWhole(join(pathOf(order.id), 'state.json'), next).catch((error: unknown) => {
          throw isMissing(error) ? missing(id) : error;
        });
      }),
    list: (topic) => inFolder(async () => (await all()).filter(({ order }) => order.topic === topic)),
    view: (id) => inFolder(() => newestView(pathOf(id))),
    addView: (id, view) => inFolder(() => addView(pathOf(id), view)),
    parts: (id, view) => inFolder(() => wholeParts(pathOf(id), view)),
    openPart: (id, view, number) => inFolder(() => openPart(pathOf(id), view, number)),
    readPart: (id, { file }) => readBytes(pathOf(id), file),
    tidy: (id, view) => inFolder(() => tidyParts(pathOf(id), view)),
    async *readFile(id, start, end) {
      const view = await inFolder(() => newestView(pathOf(id)));
      const parts = await inFolder(() => wholeParts(pathOf(id), view?.number ?? 0));
      for (const { file, from, to } of cut(parts, start, end)) yield* readBytes(pathOf(id), file, from, to);
    },
    makeRoom: (id, bytes) =>
      inFolder(async () => {
        const { exports, removable } = await ended();
        let left = maxBytes - exports.reduce((sum, { progress }) => sum + progress.bytes, 0) - bytes;
        for (const { order, progress } of removable) {
          if (left >= 0) return;
          if (order.id === id) continue;
          await remove(order.id);
          left += progress.bytes;
        }
        if (left >= 0) return;
        throw new PipelineError(
          'export_too_large',
          `with this export the files would exceed EXPORT_MAX_BYTES (${maxBytes})`,
        );
      }),
    expire: () =>
      inFolder(async () => {
        const old = (await all()).filter(({ savedAt }) => now() - Date.parse(savedAt) > retentionMs);
        for (const { order } of old) await remove(order.id);
        await removeLeftOvers().catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
        return old.length;
      }),
  };
}

function missing(id: string): PipelineError {
  return new PipelineError('export_missing', `export ${id} is not in EXPORT_FOLDER any more`);
}

/** What of each part lies in a range of the whole file. */
function cut(parts: readonly ExportPart[], start: number, end: number): { file: string; from: number; to: number }[] {
  let at = 0;
  return parts.flatMap(({ file, bytes }) => {
    const [from, to] = [Math.max(0, start - at), Math.min(bytes, end - at)];
    at += bytes;
    return from < to ? [{ file, from, to }] : [];
  });
}
