import { createHash } from 'node:crypto';
import { PipelineError } from '../domain/errors';
import type { ExportFailure, ExportResult, ExportStatus } from '../domain/export';
import { orderOf, progressOf, type ExportDeps, type ExportStep } from './export-chunk';
import type { ExportPart } from './export-ports';
import { beat } from './heartbeat';

export interface SaveExportInput extends ExportStep {
  status: ExportStatus;
  failure?: ExportFailure | undefined;
}

/** Keeps what an export is at. One that was cancelled leaves no file. */
export function createSaveExport({ exportFolder: folder, exportSource: source }: ExportDeps) {
  return async function saveExport({ topic, id, status, failure }: SaveExportInput): Promise<void> {
    await orderOf(folder, topic, id);
    if (status === 'cancelled') {
      const view = await folder.view(id);
      const last = view && (await folder.parts(id, view.number)).at(-1);
      if (view) await source.release(last?.pit ?? view.pit);
      await folder.tidy(id);
    }
    await folder.update(id, { status, failure: failure ?? null });
  };
}

/**
 * Reads the whole file back, part by part, and says what it is: it is done only when every part is as it was written.
 *
 * @throws PipelineError export_damaged
 */
export function createFinishExport({ exportFolder: folder, exportSource: source, now = Date.now }: ExportDeps) {
  return async function finishExport({
    topic,
    id,
  }: ExportStep): Promise<Pick<ExportResult, 'logs' | 'bytes' | 'sha256'>> {
    const read = { parts: 0 };
    return beat(
      async () => {
        await orderOf(folder, topic, id);
        const view = await folder.view(id);
        const parts = view ? await folder.parts(id, view.number) : [];
        if (!view || !parts.at(-1)?.last) throw damaged(id, parts.length + 1);
        const file = createHash('sha256');
        for (const part of parts) {
          await readThrough(id, part, file);
          read.parts += 1;
        }
        const progress = progressOf(view, parts);
        const { logs, bytes } = progress;
        const sha256 = file.digest('hex');
        const result: ExportResult = {
          ...{ logs, bytes, total: view.total, complete: logs === view.total, sha256 },
          ...{ parts: parts.map((part) => part.bytes), endedAt: new Date(now()).toISOString() },
        };
        await folder.tidy(id, view.number);
        await folder.update(id, { status: 'done', progress, result, failure: null });
        await source.release(parts.at(-1)!.pit);
        return { logs, bytes, sha256 };
      },
      () => read,
    );
  };

  async function readThrough(id: string, part: ExportPart, file: ReturnType<typeof createHash>): Promise<void> {
    const own = createHash('sha256');
    for await (const piece of folder.readPart(id, part)) {
      own.update(piece);
      file.update(piece);
    }
    if (own.digest('hex') !== part.sha256) throw damaged(id, part.number);
  }
}

function damaged(id: string, part: number): PipelineError {
  return new PipelineError('export_damaged', `part ${part} of export ${id} is not as it was written: order it anew`);
}
