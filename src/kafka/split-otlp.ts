import { MAX_PARTS } from '../domain/message-parts';
import { isObject } from '../formats/fields';
import { reject, type Refused } from './check-json';
import { tokensOf, type Token } from './json-text';

/** The lists that lead to the log records of an export request, from the outermost. */
const LISTS = ['resourceLogs', 'scopeLogs', 'logRecords'] as const;

/**
 * UTF-16 units of all the texts of {@link splitRequest}. What stands around a record goes to each of them: without a limit
 * a message of a megabyte could become gigabytes. Real ones double or treble.
 */
export const MAX_SPLIT_LENGTH = 8 * 1024 * 1024;

/** How many log records an export request holds; 0 where nothing is to be split: there is none, or nothing beside it. */
export function countToSplit(input: Record<string, unknown>): number {
  let level: unknown[] = [input];
  let isStraight = true;
  for (const name of LISTS) {
    level = level.flatMap((one) => (isObject(one) && Array.isArray(one[name]) ? (one[name] as unknown[]) : []));
    isStraight &&= level.length === 1;
  }
  return isStraight ? 0 : level.length;
}

/**
 * An export request for each log record of one, in their order: with this record alone, and with all that stands around it.
 * So each becomes what it would have become in a message of its own, and is held to the same limits. Linear in what it gives.
 *
 * @param text valid JSON of an object
 * @param count of its log records, at least one
 */
export function splitRequest(text: string, count: number): string[] | Refused {
  if (count > MAX_PARTS) {
    return reject('several_records', LISTS[0], `${count} log records in one message, at most ${MAX_PARTS}`);
  }
  const walker = new Walker(text);
  const problem = walker.walk();
  if (problem) return problem;
  const { texts } = walker;
  const length = texts.reduce((sum, { head, record, tail }) => sum + head.length + record.length + tail.length, 0);
  if (length > MAX_SPLIT_LENGTH) {
    const detail = `${count} log records with what stands around each are ${length} characters, at most ${MAX_SPLIT_LENGTH}`;
    return reject('too_large', LISTS[0], detail);
  }
  return texts.map(({ head, record, tail }) => head + record + tail);
}

/** Where a list begins and ends within its object: between the brackets. */
interface Place {
  objectStart: number;
  listStart: number;
}

/** A record, and the text before and behind it that it stands in alone. */
interface PartText {
  head: string;
  record: string;
  tail: string;
}

/** Goes through a request's tokens once. Recursive only as deep as its lists are. */
class Walker {
  readonly texts: PartText[] = [];
  readonly #tokens: Iterator<Token, undefined>;

  constructor(private readonly text: string) {
    this.#tokens = tokensOf(text) as Iterator<Token, undefined>;
  }

  walk(): Refused | undefined {
    const { start } = this.#next();
    const found = this.#object(start, 0);
    return 'kind' in found ? found : undefined;
  }

  /**
   * The rest of an object whose brace was taken, with the records that stand in its list.
   *
   * @param level of the list that leads on from here
   */
  #object(objectStart: number, level: number): { end: number } | Refused {
    const name = LISTS[level]!;
    const from = this.texts.length;
    let place: (Place & { listEnd: number }) | undefined;
    for (;;) {
      const token = this.#next();
      if (token.kind === '}') {
        if (place) this.#surround(from, place, token.end);
        return { end: token.end };
      }
      if (JSON.parse(this.text.slice(token.start, token.end)) !== name) {
        this.#skip(this.#next());
        continue;
      }
      if (place) return reject('duplicate_key', name, 'the key stands twice');
      const list = this.#next();
      if (list.kind !== '[') return notWanted(name, 'a list');
      const ended = this.#list(level);
      if ('kind' in ended) return ended;
      place = { objectStart, listStart: list.end, listEnd: ended.end - 1 };
    }
  }

  /** The rest of a list whose bracket was taken. */
  #list(level: number): { end: number } | Refused {
    for (;;) {
      const token = this.#next();
      if (token.kind === ']') return { end: token.end };
      if (level === LISTS.length - 1) {
        const end = this.#skip(token);
        this.texts.push({ head: '', record: this.text.slice(token.start, end), tail: '' });
        continue;
      }
      if (token.kind !== '{') return notWanted(LISTS[level]!, 'a list of objects');
      const found = this.#object(token.start, level + 1);
      if ('kind' in found) return found;
    }
  }

  /** Puts an object around the records that were found in its list, each of which is then the only one of the list. */
  #surround(from: number, { objectStart, listStart, listEnd }: Place & { listEnd: number }, objectEnd: number): void {
    if (from === this.texts.length) return;
    const head = this.text.slice(objectStart, listStart);
    const tail = this.text.slice(listEnd, objectEnd);
    for (let at = from; at < this.texts.length; at += 1) {
      const inner = this.texts[at]!;
      this.texts[at] = { head: head + inner.head, record: inner.record, tail: inner.tail + tail };
    }
  }

  /** @returns the end of the value that begins with this token */
  #skip({ kind, end }: Token): number {
    let last = end;
    let depth = kind === '{' || kind === '[' ? 1 : 0;
    while (depth > 0) {
      const token = this.#next();
      if (token.kind === '{' || token.kind === '[') depth += 1;
      else if (token.kind === '}' || token.kind === ']') depth -= 1;
      last = token.end;
    }
    return last;
  }

  #next(): Token {
    const { value } = this.#tokens.next();
    if (value === undefined) throw new Error('a valid JSON text ends where its first value does');
    return value;
  }
}

function notWanted(name: string, wanted: string): Refused {
  return reject('invalid_field', name, `${wanted} is wanted`);
}
