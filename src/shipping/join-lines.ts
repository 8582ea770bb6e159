import type { Line } from './lines';
import { HEAD_BYTES, TraceReader, type StartsRecord } from './record-start';

/** What becomes one message: a line, or several that belong together. */
export interface LineRecord {
  /** Numbers of its first and its last line. */
  from: number;
  to: number;
  /** Joined by line feeds. */
  bytes: Buffer;
  /** True where it is known to be a JSON object: then nobody needs to parse it again. */
  isJson?: boolean;
}

export interface JoinOptions {
  /** `auto` joins stack traces, `off` nothing; a pattern tells which lines begin a record. */
  multiline: 'auto' | 'off' | StartsRecord;
  maxBytes: number;
}

/** Of one record: beyond that a line begins another, as whatever they are they are no stack trace. */
const MAX_LINES = 2000;

/** Joins lines that belong to one record. A line that is a JSON object always stands alone, unless a pattern says otherwise. */
export class LineJoiner {
  readonly #traces = new TraceReader();
  #lines: Buffer[] = [];
  #from = 0;
  #to = 0;
  #length = 0;
  #blanks = 0;
  #isJson = false;
  /** Records that were cut in two as they had grown too long. */
  cut = 0;

  constructor(private readonly options: JoinOptions) {}

  /** The records that have ended with these lines, which are whole. */
  push(lines: readonly (Line & { bytes: Buffer })[]): LineRecord[] {
    const { multiline } = this.options;
    const records: LineRecord[] = [];
    const heads = lines.map(({ bytes }) => bytes.toString('latin1', 0, HEAD_BYTES));
    const starts = typeof multiline === 'function' ? multiline(heads) : undefined;
    lines.forEach((line, at) => {
      const head = heads[at]!;
      if (head.trim() === '') {
        this.#blanks += 1;
        return;
      }
      const isJson = head.startsWith('{') && isJsonObject(line.bytes);
      const goesOn = starts ? !starts[at] : multiline === 'auto' && !isJson && !this.#isJson && this.#goesOn(head);
      if (this.#lines.length > 0 && goesOn && this.#hasRoom(line.bytes)) this.#add(line);
      else {
        records.push(...this.flush());
        this.#begin(line, head, isJson);
      }
    });
    return records;
  }

  /** The record that is not known to have ended, if there is one. */
  flush(): LineRecord[] {
    if (this.#lines.length === 0) return [];
    const bytes = this.#lines.length === 1 ? this.#lines[0]! : Buffer.concat(this.#lines);
    const isJson = this.#isJson && this.#lines.length === 1;
    const record = { from: this.#from, to: this.#to, bytes, ...(isJson ? { isJson } : {}) };
    this.#lines = [];
    this.#length = 0;
    this.#blanks = 0;
    return [record];
  }

  #goesOn(head: string): boolean {
    return this.#lines.length > 0 && this.#traces.goesOn(head);
  }

  #hasRoom(bytes: Buffer): boolean {
    const fits = this.#length + this.#blanks + 1 + bytes.length <= this.options.maxBytes;
    if (fits && this.#to - this.#from + 1 < MAX_LINES) return true;
    this.cut += 1;
    return false;
  }

  #begin({ bytes, number }: Line & { bytes: Buffer }, head: string, isJson: boolean): void {
    this.#lines = [bytes];
    this.#from = number;
    this.#to = number;
    this.#length = bytes.length;
    this.#blanks = 0;
    this.#isJson = isJson;
    this.#traces.begin(head);
  }

  #add({ bytes, number }: Line & { bytes: Buffer }): void {
    const breaks = Buffer.alloc(this.#blanks + 1, '\n');
    this.#lines.push(breaks, bytes);
    this.#length += breaks.length + bytes.length;
    this.#to = number;
    this.#blanks = 0;
  }
}

/** True for the text of a JSON object, blanks around it included. */
export function isJsonObject(bytes: Buffer): boolean {
  if (!/^\s*\{/.test(bytes.toString('latin1', 0, HEAD_BYTES))) return false;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
