import type { LogFilter, LogSort } from '../api/logs/ports';

/** What a long export is asked and what it answers. Its order may hold what somebody searched for: it stays out of Temporal. */

export const EXPORT_WORKFLOW = 'exportLogs';

/** Workflow id of an export: `export/logs/20261124-101500-3f9a1c`. */
export function exportWorkflowId(topic: string, id: string): string {
  return `export/${topic}/${id}`;
}

/** By the clock, or by a hash of the request id. Nothing in it leads out of a folder. */
const ID = /^(?:\d{8}-\d{6}-[0-9a-f]{6}|r-[0-9a-f]{20})$/;

export function isExportId(text: string): boolean {
  return ID.test(text);
}

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormatName = (typeof EXPORT_FORMATS)[number];

/** Names of the signals and updates of an export; each argument is optional. */
export type ExportMessage = 'pause' | 'resume' | 'cancel';

/** An export as it was ordered. Its times are fixed: `now-1h` was an hour before the order. */
export interface ExportOrder {
  id: string;
  topic: string;
  filter: LogFilter;
  sort?: LogSort | undefined;
  /** Paths of the fields of each log; all when absent. */
  fields?: readonly string[] | undefined;
  format: ExportFormatName;
  /** Most logs to write; all that match when absent. */
  limit?: number | undefined;
  /** What was sent, to be shown. */
  asked: Record<string, unknown>;
  actor: string;
  reason?: string | undefined;
  requestId?: string | undefined;
  /** ISO time. */
  orderedAt: string;
}

/** How far an export is. */
export interface ExportProgress {
  /** Whole parts of the file. */
  parts: number;
  logs: number;
  bytes: number;
  /** Logs that matched when the view was frozen; absent before. */
  total?: number | undefined;
  /** How often it began anew, because its frozen view was gone. */
  restarts: number;
  /** Milliseconds of work on the parts that there are. */
  activeMs: number;
}

export function noExportProgress(): ExportProgress {
  return { parts: 0, logs: 0, bytes: 0, restarts: 0, activeMs: 0 };
}

/** What a finished export says of its file. */
export interface ExportResult {
  logs: number;
  bytes: number;
  total: number;
  /** True when the file has every log that matched; false when its limit cut it. */
  complete: boolean;
  /** Of the file, in hexadecimal. */
  sha256: string;
  /** Sizes of its parts, in order. */
  parts: number[];
  /** ISO time. */
  endedAt: string;
}

/** Why an export failed. Never holds log text. */
export interface ExportFailure {
  code: string;
  message: string;
}

export const EXPORT_STATUSES = [
  'ordered',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'done',
  'cancelled',
  'failed',
] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

/** Statuses in which nothing happens any more unless somebody resumes it. */
export function isExportOver(status: ExportStatus): boolean {
  return status === 'done' || status === 'cancelled' || status === 'failed';
}

/** What of an export changes. */
export interface ExportRecord {
  status: ExportStatus;
  progress: ExportProgress;
  /** ISO time at which the logs were as the file has them. */
  frozenAt?: string | undefined;
  result?: ExportResult | undefined;
  failure?: ExportFailure | null | undefined;
  /** ISO time of the last change. */
  savedAt: string;
}

/** An export as its folder keeps it. */
export interface StoredExport extends ExportRecord {
  order: ExportOrder;
}

/** Input of the export workflow, and its argument at continue-as-new. What it does is kept under its id. */
export interface ExportInput {
  topic: string;
  id: string;
  /** What an earlier run leaves to this one. */
  carried?: { progress: ExportProgress; pause?: ExportState['pause'] } | undefined;
}

/** Answer of an export's `state` query. */
export interface ExportState {
  status: ExportStatus;
  progress: ExportProgress;
  pause?: { reason?: string | undefined; actor?: string | undefined } | undefined;
  failure?: ExportFailure | undefined;
}

/** Logs that an export will have written at its end; undefined while its view is not frozen. */
export function wantedLogs(total: number | undefined, limit: number | undefined): number | undefined {
  return total === undefined ? undefined : Math.min(total, limit ?? Infinity);
}
