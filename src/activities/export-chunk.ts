import { Context } from '@temporalio/activity';
import { PipelineError } from '../domain/errors';
import { wantedLogs, type ExportOrder, type ExportProgress } from '../domain/export';
import { exportFormat, type ExportFormat } from '../exports/format';
import { nextSize, sizeAfter } from '../exports/page-size';
import type { ExportFolder, ExportPart, ExportSource, ExportView } from './export-ports';
import { beat } from './heartbeat';

export interface ExportStep {
  topic: string;
  id: string;
}

/** What a step leaves: all parts so far, and whether the file has its last one. */
export interface ExportChunkResult {
  progress: ExportProgress;
  done: boolean;
}

export interface ExportDeps {
  exportFolder: ExportFolder;
  exportSource: ExportSource;
  /** Aborted when this worker stops. */
  draining: AbortSignal;
  /** A part is whole once it has this many bytes, or a page more; 16 MiB unless it says otherwise. */
  partBytes?: number;
  now?: () => number;
}

const PART_BYTES = 16 * 1024 * 1024;
/** Text is written in pieces of this many characters, or a log more. */
const PIECE = 64 * 1024;
/** How long a step works before it says how far it is. */
const STEP_MS = 20_000;
/** Frozen views that one export may use up: then something takes them away faster than it can write. */
const MAX_VIEWS = 10;

/**
 * A step of a long export: writes part by part for a while. Each part goes to disk as a whole, with the place behind its
 * last log, so the next attempt or the next worker goes on there: the view is frozen, its order has no equals, and so no
 * log is twice and none is left out. Where the view is gone, the file begins anew over a new one: it is always of one moment.
 */
export function createExportChunk(deps: ExportDeps) {
  return async function exportChunk({ topic, id }: ExportStep): Promise<ExportChunkResult> {
    const context = Context.current();
    let progress: ExportProgress | undefined;
    return beat(
      async () => {
        const order = await orderOf(deps.exportFolder, topic, id);
        const run = new ExportRun(order, deps, (next) => (progress = next));
        return run.write(AbortSignal.any([context.cancellationSignal, deps.draining]));
      },
      () => progress,
    );
  };
}

/** @throws PipelineError export_missing */
export async function orderOf(folder: ExportFolder, topic: string, id: string): Promise<ExportOrder> {
  const stored = await folder.read(id);
  if (stored?.order.topic === topic) return stored.order;
  throw new PipelineError(
    'export_missing',
    `there is no export ${id} in EXPORT_FOLDER of this worker: it has expired, or the API has another folder`,
  );
}

/** What the parts of a view add up to. */
export function progressOf(view: ExportView | undefined, parts: readonly ExportPart[]): ExportProgress {
  const sum = (of: (part: ExportPart) => number) => parts.reduce((all, part) => all + of(part), 0);
  return {
    parts: parts.length,
    ...{ logs: sum(({ logs }) => logs), bytes: sum(({ bytes }) => bytes), activeMs: sum(({ ms }) => ms) },
    total: view?.total,
    restarts: (view?.number ?? 1) - 1,
  };
}

class ExportRun {
  readonly #format: ExportFormat;
  readonly #now: () => number;
  readonly #partBytes: number;

  constructor(
    private readonly order: ExportOrder,
    private readonly deps: ExportDeps,
    private readonly tell: (progress: ExportProgress) => void,
  ) {
    this.#format = exportFormat({ ...order, summary: false });
    this.#now = deps.now ?? Date.now;
    this.#partBytes = deps.partBytes ?? PART_BYTES;
  }

  async write(stopping: AbortSignal): Promise<ExportChunkResult> {
    const { id } = this.order;
    const folder = this.deps.exportFolder;
    const until = this.#now() + STEP_MS;
    let view = (await folder.view(id)) ?? (await this.#freeze(1));
    let parts = await folder.parts(id, view.number);
    await this.#save(view, parts);
    while (!parts.at(-1)?.last && !stopping.aborted && this.#now() < until) {
      const part = await this.#part(view, parts, stopping);
      if (part === 'gone') {
        view = await this.#freeze(view.number + 1);
        parts = await folder.parts(id, view.number);
      } else parts.push(part);
      await this.#save(view, parts);
    }
    return { progress: progressOf(view, parts), done: parts.at(-1)?.last === true };
  }

  async #save(view: ExportView, parts: readonly ExportPart[]): Promise<void> {
    const progress = progressOf(view, parts);
    this.tell(progress);
    const change = { status: 'running', progress, frozenAt: view.frozenAt, failure: null } as const;
    await this.deps.exportFolder.update(this.order.id, change);
  }

  /** Another attempt may freeze one at the same time: the one that is kept counts for both. */
  async #freeze(number: number): Promise<ExportView> {
    const { exportFolder: folder, exportSource: source } = this.deps;
    const { id, filter } = this.order;
    if (number > MAX_VIEWS) {
      throw new PipelineError(
        'export_view_lost',
        `Elasticsearch gave up ${MAX_VIEWS} frozen views, one after the other`,
      );
    }
    const { pit, total } = await source.freeze(filter);
    const view = { number, pit, total, frozenAt: new Date(this.#now()).toISOString() };
    const kept = await folder.addView(id, view).catch(async (error: unknown) => {
      await source.release(pit);
      throw error;
    });
    // What the view before had written is of another moment.
    if (kept) await folder.tidy(id, number);
    else await source.release(pit);
    return kept ? view : (await folder.view(id))!;
  }

  async #part(view: ExportView, parts: readonly ExportPart[], stopping: AbortSignal): Promise<ExportPart | 'gone'> {
    const folder = this.deps.exportFolder;
    const { id } = this.order;
    await folder.makeRoom(id, this.#partBytes);
    const out = await folder.openPart(id, view.number, parts.length + 1);
    try {
      const startedAt = this.#now();
      const filled = await this.#fill(out, view, parts, stopping);
      if (filled === 'gone') {
        await out.discard();
        return 'gone';
      }
      const part = await out.commit({ ...filled, ms: this.#now() - startedAt });
      if (part) return part;
    } catch (error) {
      await out.discard();
      throw error;
    }
    throw new PipelineError('superseded', 'another attempt has written this part of the export');
  }

  async #fill(
    out: Awaited<ReturnType<ExportFolder['openPart']>>,
    view: ExportView,
    parts: readonly ExportPart[],
    stopping: AbortSignal,
  ): Promise<Pick<ExportPart, 'logs' | 'after' | 'pit' | 'last'> | 'gone'> {
    const { filter, sort, fields, limit } = this.order;
    const wanted = wantedLogs(view.total, limit)! - progressOf(view, parts).logs;
    let { after, pit } = parts.at(-1) ?? { after: undefined, pit: view.pit };
    let text = parts.length === 0 ? this.#format.head : '';
    let [logs, size, last] = [0, sizeAfter(parts.at(-1) ?? { logs: 0, bytes: 0 }), wanted <= 0];
    while (!last && out.bytes < this.#partBytes && !stopping.aborted) {
      const asked = Math.min(size, wanted - logs);
      const page = await this.deps.exportSource.page({ pit, filter, sort, fields, after, size: asked });
      if (page === 'gone') return 'gone';
      const before = out.bytes;
      for (const log of page.logs) {
        text += this.#format.line(log);
        if (text.length < PIECE) continue;
        await out.write(Buffer.from(text));
        text = '';
      }
      logs += page.logs.length;
      pit = page.pit;
      after = page.after ?? after;
      last = logs >= wanted || page.logs.length < asked;
      size = nextSize(page.logs.length, out.bytes - before + text.length);
    }
    await out.write(Buffer.from(text));
    return { logs, after, pit, last };
  }
}
