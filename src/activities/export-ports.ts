import type { JsonText } from '../domain/json-text';
import type { LogFilter, LogHit, LogSort } from '../api/logs/ports';
import type { ExportRecord, StoredExport } from '../domain/export';

/** What a long export needs from the outside. */

/** Where a page of a frozen view begins: sort values of the log before it. */
export type ExportPlace = readonly (string | number)[];

/** A moment of the indices, kept until nobody has asked for half an hour. Without a log: only where to go on. */
export interface ExportView {
  /** 1 for the first one of an export; the next one begins the file anew. */
  number: number;
  /** Elasticsearch's name of it. */
  pit: string;
  /** Logs that match in it. */
  total: number;
  /** ISO time. */
  frozenAt: string;
}

/** A part of the file that is whole, on disk for good. */
export interface ExportPart {
  /** From 1, without holes. */
  number: number;
  file: string;
  logs: number;
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
  /** Sort values of its last log; absent when there is none before its end. */
  after?: ExportPlace | undefined;
  /** The name that the view had by then. */
  pit: string;
  /** True of the last part of the file. */
  last: boolean;
  /** Milliseconds that it took. */
  ms: number;
}

/** A part that is being written. What is not committed is no part, whatever becomes of this process. */
export interface PartWriter {
  /** Bytes so far. */
  readonly bytes: number;
  write(piece: Buffer): Promise<void>;
  /** @returns undefined when another attempt has written this part meanwhile; nothing of this one is left then */
  commit(meta: Pick<ExportPart, 'logs' | 'after' | 'pit' | 'last' | 'ms'>): Promise<ExportPart | undefined>;
  /** Leaves nothing behind; never throws. */
  discard(): Promise<void>;
}

/**
 * The folder that API and workers share: orders, what became of them, and the files. Ids must be of their fixed shape.
 *
 * @throws PipelineError export_folder_unusable, export_disk_full
 */
export interface ExportFolder {
  read(id: string): Promise<StoredExport | undefined>;
  /** @throws PipelineError export_missing when there is no such export any more */
  update(id: string, change: Partial<Omit<ExportRecord, 'savedAt'>>): Promise<void>;
  /** The newest view; undefined before the first. */
  view(id: string): Promise<ExportView | undefined>;
  /** Keeps a view; false when there is one of its number already. */
  addView(id: string, view: ExportView): Promise<boolean>;
  /** The whole parts of a view, in order. */
  parts(id: string, view: number): Promise<ExportPart[]>;
  openPart(id: string, view: number, number: number): Promise<PartWriter>;
  /** The bytes of a part as they lie there. */
  readPart(id: string, part: Pick<ExportPart, 'file'>): AsyncIterable<Buffer>;
  /** Removes what is not of this view, or all parts without one. */
  tidy(id: string, view?: number): Promise<void>;
  /**
   * Removes the oldest exports that have ended until so many bytes more fit.
   *
   * @throws PipelineError export_too_large when they do not fit even so
   */
  makeRoom(id: string, bytes: number): Promise<void>;
  /** Removes what nobody has changed for longer than exports are kept; how many went. */
  expire(): Promise<number>;
}

/** Frozen views of the stored logs. Throws PipelineError elasticsearch_*, and export_refused for what it never answers. */
export interface ExportSource {
  freeze(filter: LogFilter): Promise<Pick<ExportView, 'pit' | 'total'>>;
  /** @returns `gone` when the view, or an index of it, is no more */
  page(request: ExportPageRequest): Promise<ExportPage | 'gone'>;
  /** Never throws. */
  release(pit: string): Promise<void>;
}

export interface ExportPage {
  logs: (LogHit | JsonText<LogHit>)[];
  /** Where the next page begins; absent when there is no log. */
  after?: ExportPlace | undefined;
  pit: string;
}

export interface ExportPageRequest {
  pit: string;
  filter: LogFilter;
  sort?: LogSort | undefined;
  fields?: readonly string[] | undefined;
  after?: ExportPlace | undefined;
  size: number;
}
