import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import pc from 'picocolors';

/** Where the command writes. */
export interface Streams {
  out: NodeJS.WriteStream;
  err: NodeJS.WriteStream;
}

/** A column of a table: its head, and whether it holds numbers. */
export interface Column {
  head: string;
  numeric?: boolean;
}

export type Paint = (text: string) => string;

/** What people and scripts are shown: tables and colours on a terminal, lines with tabs in a pipe. */
export interface Terminal {
  colours: { good: Paint; bad: Paint; warn: Paint; dim: Paint; bold: Paint };
  /** Lines of the result. What may hold anything goes through {@link oneLine} or {@link printable} first. */
  say: (text: string) => void;
  /** To standard error: what is no part of the result. */
  note: (text: string) => void;
  /** Exactly this, for `--json`. */
  raw: (text: string) => void;
  table: (columns: readonly Column[], rows: readonly (readonly string[])[]) => void;
  progress: (what: string) => Progress;
}

/** How far something is, on standard error: a bar on a terminal, else a line whenever it has moved on. */
export interface Progress {
  /** `share` from 0 to 1, undefined while it is not known. */
  update: (share: number | undefined, text: string) => void;
  stop: () => void;
}

/** @param env of which NO_COLOR and TERM count; what is no terminal is never painted */
export function createTerminal({ out, err }: Streams, env: NodeJS.ProcessEnv): Terminal {
  const mayPaint = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const { green, red, yellow, dim, bold } = pc.createColors(out.isTTY === true && mayPaint);
  return {
    colours: { good: green, bad: red, warn: yellow, dim, bold },
    say: (text) => void out.write(`${text}\n`),
    note: (text) => void err.write(`${printable(text)}\n`),
    raw: (text) => void out.write(text.endsWith('\n') ? text : `${text}\n`),
    table: (columns, rows) => void out.write(`${out.isTTY ? drawTable(columns, rows, bold) : tabbed(columns, rows)}\n`),
    progress: (what) => (err.isTTY && env['TERM'] !== 'dumb' ? createBar(err, what) : createLines(err, what)),
  };
}

/**
 * The text without what steers a terminal: a dead letter may hold anything, also what would clear the screen or hide a
 * line. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Controls but tab and line feed, line separators, and what turns the direction of writing. */
const STEERING = /(?![\t\n])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text.replaceAll('\n', '\\n').replaceAll('\t', ' '));
}

function drawTable(columns: readonly Column[], rows: readonly (readonly string[])[], bold: Paint): string {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
  const table = new Table({
    head: columns.map(({ head }) => bold(head)),
    colAligns: columns.map(({ numeric }) => (numeric ? 'right' : 'left')),
    chars: { ...none, 'bottom-left': '', 'bottom-right': '', left: '', right: '', mid: '', middle: '  ' },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function tabbed(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return [columns.map(({ head }) => head), ...rows].map((row) => row.join('\t')).join('\n');
}

function createBar(stream: NodeJS.WriteStream, what: string): Progress {
  const format = `${what} {bar} {percentage}% {text}`;
  const bar = new SingleBar({ format, stream, barsize: 24, hideCursor: null, clearOnComplete: true, fps: 5 });
  bar.start(1000, 0, { text: '' });
  return {
    update: (share, text) => {
      if (share === undefined) bar.update({ text: oneLine(text) });
      else bar.update(Math.round(Math.min(1, Math.max(0, share)) * 1000), { text: oneLine(text) });
    },
    stop: () => bar.stop(),
  };
}

function createLines(stream: NodeJS.WriteStream, what: string): Progress {
  let last = '';
  return {
    update: (share, text) => {
      const line = `${what}: ${share === undefined ? '' : `${Math.floor(share * 100)}% `}${oneLine(text)}`;
      if (line !== last) stream.write(`${line}\n`);
      last = line;
    },
    stop: () => undefined,
  };
}
