import { letterIndexPrefix, type LetterCursor, type LetterFilter } from './dead-letter';
import type { Rejection } from './record';

/** A redrive as it was ordered. It is kept with the letters, since a text or a body must not travel through Temporal. */
export interface RedriveOrder {
  operation: string;
  filter: LetterFilter;
  /** Set for a single letter: the bytes its document is made of instead of the record's own. */
  editedBody?: Buffer | undefined;
  actor: string;
  reason?: string | undefined;
  /** ISO time. */
  orderedAt: string;
  /** How many letters were selected then. */
  selected: number;
}

/** Input of a redrive, and its argument at continue-as-new. What it works on is kept with the letters, by its operation id. */
export interface RedriveInput {
  topic: string;
  operation: string;
  progress?: RedriveProgress | undefined;
}

/** How far a redrive is; also the answer of its `state` query. */
export interface RedriveProgress {
  /** The last letter that was looked at. */
  after?: LetterCursor | undefined;
  /** Letters that were looked at. */
  seen: number;
  /** Letters whose records have their documents now. */
  redriven: number;
  /** Letters whose records were refused again: they are open. */
  rejected: number;
  /** Letters left as they are, by why. */
  skipped: Partial<Record<RedriveSkip, number>>;
}

/**
 * Why a redrive leaves a letter as it is: another one has it, or it is settled; the index of its day has expired; its
 * bytes are nowhere; another record has its document.
 */
export const REDRIVE_SKIPS = ['taken', 'expired', 'bytes_gone', 'foreign_document'] as const;
export type RedriveSkip = (typeof REDRIVE_SKIPS)[number];

/**
 * Why a letter's own bytes must not be decoded in a process that others need; undefined when they may be. A record that
 * killed its process would kill the next one: its letter stays open until an edited body is given.
 */
export function refuseOwnBytes({ code }: Rejection): Rejection | undefined {
  if (code !== 'process_killed') return undefined;
  return { code, field: '', detail: 'decoding it killed its process: it can be redriven with an edited body only' };
}

/**
 * Why an edited body is refused that has another number of log records than the letter's message: each document has the
 * number of its log record, and those that are there stay.
 */
export function notAsMany(parts: number): Rejection {
  return { code: 'invalid_field', field: 'resourceLogs', detail: `an edited body has ${parts} log records too` };
}

/** What a letter says when its record was refused again; one whose own bytes kill says so for good. */
export function newestReason(before: Rejection, now: Rejection): Rejection {
  if (before.code !== 'process_killed' || now.code === before.code) return now;
  const place = now.field === '' ? now.code : `${now.code} ${now.field}`;
  return { ...before, detail: `an edited body was refused (${place}): ${now.detail}` };
}

/** The index of the redrives that were ordered. */
export function redriveIndex(indexPrefix: string): string {
  return `${letterIndexPrefix(indexPrefix)}-redrives`;
}

/** Workflow id of a redrive of dead letters: `redrive/<operation>`. */
export function redriveWorkflowId(operation: string): string {
  return `redrive/${operation}`;
}

export const REDRIVE_WORKFLOW = 'redriveLetters';
