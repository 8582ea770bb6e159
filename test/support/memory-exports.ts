import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { ExportPageRequest, ExportSource } from '../../src/activities/export-ports';
import type { LogFilter, LogHit } from '../../src/api/logs/ports';
import type { ExportOrder } from '../../src/domain/export';
import { createExportFolder, type ExportFolderSettings } from '../../src/exports/export-folder';
import { parsed } from '../../src/domain/json-text';
import { generateLogs, type StoredDocument } from '../api/generated-logs';
import { createMemoryLogSearch } from '../api/memory-log-search';
import { EXPORT_ID } from './stored-export';

/** Made once: most who have exports ask for none. */
const LOGS = generateLogs(400, 'logs');

const folders: string[] = [];
afterAll(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })));

/** A real folder that is there once something is put into it, and logs in memory of which views can be frozen. */
export class MemoryExports implements ExportSource {
  readonly path = join(tmpdir(), `sluice-exports-${randomUUID()}`);
  readonly settings: ExportFolderSettings;
  readonly folder: ReturnType<typeof createExportFolder>;
  documents: StoredDocument[] = [...LOGS];
  readonly views = new Map<string, StoredDocument[]>();
  #frozen = 0;
  readonly released: string[] = [];
  /** What a view has of a query, in order. */
  readonly #found = new Map<string, LogHit[]>();
  /** Sizes of the pages that were asked for. */
  readonly pages: number[] = [];
  /** Told before each page; may throw. */
  before: () => void | Promise<void> = () => undefined;

  constructor(settings: Partial<ExportFolderSettings> = {}) {
    folders.push(this.path);
    this.settings = { folder: this.path, retentionMs: 86_400_000, maxBytes: 2 ** 40, ...settings };
    this.folder = createExportFolder(this.settings);
  }

  async freeze(filter: LogFilter): Promise<{ pit: string; total: number }> {
    const pit = `view ${(this.#frozen += 1)}`;
    this.views.set(pit, [...this.documents]);
    const { total } = await createMemoryLogSearch(this.documents).scan({ filter }).next(0);
    return { pit, total };
  }

  async page({ pit, filter, sort, fields, after, size }: ExportPageRequest) {
    this.pages.push(size);
    await this.before();
    const frozen = this.views.get(pit);
    if (!frozen) return 'gone' as const;
    const at = Number(after?.[0] ?? 0);
    const asked = JSON.stringify([pit, filter, sort, fields]);
    let found = this.#found.get(asked);
    if (!found) {
      found = (await createMemoryLogSearch(frozen).scan({ filter, sort, fields }).next(Infinity)).logs.map(parsed);
      this.#found.set(asked, found);
    }
    const logs = found.slice(at, at + size);
    return { logs, pit, ...(logs.length > 0 ? { after: [at + logs.length] } : {}) };
  }

  async release(pit: string): Promise<void> {
    this.released.push(pit);
  }

  /** All logs as one export of this order has them. */
  async logsOf({ filter, sort, fields }: ExportOrder): Promise<LogHit[]> {
    return (await createMemoryLogSearch(this.documents).scan({ filter, sort, fields }).next(Infinity)).logs.map(parsed);
  }

  /** What stands in the file of a finished export. */
  async file(id = EXPORT_ID): Promise<string> {
    const { result } = (await this.folder.read(id))!;
    const pieces: Buffer[] = [];
    for await (const piece of this.folder.readFile(id, 0, result!.bytes)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
