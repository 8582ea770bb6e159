import { tokensOf } from '../json-text';
import type { End } from './scan';

/** Keys and indexes from the root of a text to one of its values. */
export type Path = readonly (string | number)[];

/** A value of a record, by its place there: of a text what stands between the quotes. */
export interface Leaf {
  /** Empty in a line that is no JSON. */
  path: Path;
  kind: 'text' | 'number';
  /** What it ends with. */
  by: End;
  start: number;
  end: number;
  /** As it is written, without the quotes. */
  raw: string;
}

/** Keys of other characters are left to the parser: nothing is gained by learning their escapes. */
const PLAIN_KEY = /^"[ !#-[\]-~]*"$/;

/**
 * The texts and numbers of a valid JSON text, in order; what stands between them, true, false and null with it, is its shape.
 *
 * @returns undefined when a key has other characters than ASCII's, or an escape
 */
export function leavesOf(text: string): Leaf[] | undefined {
  const leaves: Leaf[] = [];
  // The key or the index that is being read, of every container that is open.
  const at: (string | number)[] = [];
  const next = () => {
    const top = at[at.length - 1];
    if (typeof top === 'number') at[at.length - 1] = top + 1;
  };
  for (const { kind, start, end } of tokensOf(text)) {
    if (kind === '}' || kind === ']') at.pop();
    else if (kind === '{' || kind === '[') {
      next();
      at.push(kind === '{' ? '' : -1);
    } else if (kind === 'key') {
      const key = text.slice(start, end);
      if (!PLAIN_KEY.test(key)) return undefined;
      at[at.length - 1] = key.slice(1, -1);
    } else {
      next();
      const first = text[start]!;
      if (/[a-z]/.test(first)) continue;
      const quote = first === '"' ? 1 : 0;
      leaves.push({
        ...{ path: [...at], kind: quote ? 'text' : 'number', by: quote ? 'quote' : 'number' },
        ...{ start: start + quote, end: end - quote, raw: text.slice(start + quote, end - quote) },
      });
    }
  }
  return leaves;
}

/** JSON in a text, of which quotes and backslashes are escaped, and perhaps a line break behind it. */
const INNER = /^(\{(?:[^"\\]|\\["\\])*\})(?:\\n)?$/;

/** The leaves of the JSON object that a text is, by their places in the whole; undefined when it is none. */
export function innerLeaves(line: Leaf): Leaf[] | undefined {
  const written = INNER.exec(line.raw)?.[1];
  if (written === undefined) return undefined;
  // Of each character of the inner text, where it stands in the outer one.
  const places: number[] = [];
  for (let at = 0; at < written.length; at += 1) {
    places.push(line.start + at);
    if (written[at] === '\\') at += 1;
  }
  const leaves = leavesOf(written.replace(/\\(.)/g, '$1'));
  return leaves?.map((leaf) => {
    const [start, end] = [places[leaf.start]!, places[leaf.end]!];
    return {
      ...leaf,
      by: leaf.by === 'quote' ? 'inner_quote' : leaf.by,
      path: [...line.path, ...leaf.path],
      start,
      end,
    };
  });
}
