/** Where a parser stands in a text. */
export interface Cursor {
  readonly text: string;
  position: number;
}

const BLANK = /\s/;
const ENDS_WORD = /[\s()|"]/;

export function skipBlanks(at: Cursor): void {
  while (at.position < at.text.length && BLANK.test(at.text[at.position]!)) at.position += 1;
}

/**
 * Reads up to a blank, a parenthesis, a bar or a quotation mark; with `mayName`, also past the first colon, whose left
 * side is then a name. Backslashes stay in a value, and are taken off a name.
 */
export function readWord(at: Cursor, mayName: boolean): { raw: string; named: boolean } {
  const start = at.position;
  while (at.position < at.text.length) {
    const character = at.text[at.position]!;
    if (ENDS_WORD.test(character)) break;
    if (character === ':' && mayName) {
      const raw = at.text.slice(start, at.position).replaceAll(/\\(.)/gs, '$1');
      at.position += 1;
      return { raw, named: true };
    }
    at.position += character === '\\' ? 2 : 1;
  }
  at.position = Math.min(at.position, at.text.length);
  return { raw: at.text.slice(start, at.position), named: false };
}

/**
 * Reads from a quotation mark to the next one that has no backslash before it.
 *
 * @returns what stands between them without the backslashes, or undefined when it is not closed
 */
export function readQuoted(at: Cursor): string | undefined {
  let text = '';
  at.position += 1;
  while (at.position < at.text.length) {
    const character = at.text[at.position]!;
    at.position += 1;
    if (character === '"') return text;
    if (character === '\\' && at.position < at.text.length) {
      text += at.text[at.position]!;
      at.position += 1;
    } else text += character;
  }
  return undefined;
}
