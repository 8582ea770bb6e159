import { createContext, Script, type Context } from 'node:vm';

/** Of a line only its beginning is looked at, in bytes. */
export const HEAD_BYTES = 1024;
/** What a pattern may take for the lines of one chunk, in milliseconds. */
const PATTERN_LIMIT_MS = 1000;

/** A pattern that cannot be used, or takes too long. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** Tells of heads of lines which of them begin a record. */
export type StartsRecord = (heads: readonly string[]) => boolean[];

/**
 * A pattern that its user has written. It runs where it can be stopped: one that takes exponential time for a line ends
 * the command with a word about it, and does not hang it.
 *
 * @throws PatternError when it is none; the function made of it throws one when it takes longer than a second
 */
export function startPattern(source: string, limitMs = PATTERN_LIMIT_MS): StartsRecord {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source);
  } catch (error) {
    throw new PatternError(`--multiline-start is no pattern: ${(error as Error).message}`);
  }
  const context: Context = createContext({ pattern, heads: [] });
  const script = new Script('heads.map((head) => pattern.test(head))');
  return (heads) => {
    if (heads.length === 0) return [];
    context['heads'] = heads;
    try {
      return [...(script.runInContext(context, { timeout: limitMs }) as boolean[])];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new PatternError(
        `--multiline-start took longer than ${limitMs} ms for ${heads.length} lines: avoid a repetition within a repetition`,
      );
    }
  };
}

/** A time as a log line begins with it, perhaps in brackets. */
const TIME = /^\[?\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d/;
/** What a trace of Java hangs on a line. */
const CAUSE = /^(?:Caused by: |Suppressed: |\.\.\. \d{1,6} (?:more|common frames omitted))/;
const INDENTED = /^[ \t]/;
const TRACEBACK = /^Traceback \(most recent call last\):/;
const NEXT_TRACEBACK = /^(?:During handling of the above exception|The above exception was the direct cause)/;
const TELLS_AN_ERROR = /\b(?:ERROR|CRITICAL|FATAL|WARN|WARNING|Exception|error)\b/;

/** Tells which lines go on with the record before them, by the ways in which stack traces are written. */
export class TraceReader {
  #first = '';
  #state: 'none' | 'frames' | 'told' = 'none';

  /** A record begins with this line. */
  begin(head: string): void {
    this.#first = head;
    this.#state = TRACEBACK.test(head) ? 'frames' : 'none';
  }

  /** Whether the line, which begins no JSON object, goes on with the record that was begun. */
  goesOn(head: string): boolean {
    // Where records begin with a time, what begins with none belongs to the one before.
    if (TIME.test(this.#first)) return !TIME.test(head);
    return INDENTED.test(head) || CAUSE.test(head) || this.#follow(head);
  }

  /** A traceback of Python ends with a line that is not indented, and another may follow behind an empty line. */
  #follow(head: string): boolean {
    if (this.#state === 'frames') {
      this.#state = 'told';
      return true;
    }
    if (NEXT_TRACEBACK.test(head)) return this.#state === 'told';
    if (!TRACEBACK.test(head)) return false;
    const joins = this.#state === 'told' || TELLS_AN_ERROR.test(this.#first);
    if (joins) this.#state = 'frames';
    return joins;
  }
}
