import type { LogHit } from '../logs/ports';
import { selectFields } from '../logs/select-fields';
import type { TailRange } from './ports';

/** What a stream of logs says beside the logs. */
export interface TailEvents {
  /** Whether logs come in, or what they wait for. */
  state: { state: 'live' } | { state: 'waiting'; code: string; detail: string };
  /** Offsets that the stream should have begun with, of which nothing is stored any more. */
  missing: { reason: 'not_stored' | 'generation_unknown' | 'beyond_end'; ranges: OpenRange[] };
  /** A range of which the ledger booked more or fewer logs than can be found, even after a refresh. */
  incomplete: TailRange & { expected: number; found: number };
  /** Offsets that were left out because the stream lay too far behind. */
  dropped: { reason: 'too_far_behind'; offsets: number; ranges: TailRange[] };
  /** The client reads slower than logs come in: they come out of the store now, page by page, `behind` offsets late. */
  limit: { reason: 'slow_reader'; behind: number };
  /** The last event; whoever connects anew goes on where it ended. */
  end: { reason: 'shutting_down' | 'time_limit' | 'query_refused' | 'key_refused' };
}

/** A range whose end may be unknown. */
export type OpenRange = Omit<TailRange, 'to'> & { to: number | null };

export type TailEventName = keyof TailEvents;

/** Milliseconds after which a client connects anew. */
export const RETRY_MS = 2000;

/** One event of a stream, as server-sent events have it. JSON has no line breaks of its own. */
export function eventText(name: string, id: string, data: object): string {
  return `event: ${name}\n${idLine(id)}data: ${JSON.stringify(data)}\n\n`;
}

/** Which parts of each log a client gets. */
export interface Selection {
  /** The same for equal ones. */
  key: string;
  /** Paths; everything when absent. */
  fields?: readonly string[] | undefined;
}

export function selectionOf(fields?: readonly string[]): Selection {
  return { key: fields?.join() ?? '', fields };
}

/** A log as its event. */
export function logText(id: string, log: LogHit, { fields }: Selection): string {
  return eventText('log', id, fields ? selectFields(log, fields) : log);
}

/** Keeps the connection, and moves on the place to resume at, without an event. */
export function heartbeatText(id: string): string {
  return `: heartbeat\n${idLine(id)}\n`;
}

/** Without a place there is no line: an empty one would make the client forget the place that it has. */
function idLine(id: string): string {
  return id === '' ? '' : `id: ${id}\n`;
}
