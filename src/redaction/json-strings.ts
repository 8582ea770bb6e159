/** What stands in a valid JSON text, in order: edges, strings with their quotes, and whatever else is a value. */
export interface JsonPart {
  kind: '{' | '}' | '[' | ']' | 'key' | 'string' | 'number' | 'word';
  start: number;
  end: number;
}

const SIGNS = '{}[]';
const PLAIN_END = /[^-+.0-9A-Za-z]/g;

/** Walks over a valid JSON text without recursion. */
export function* partsOf(text: string): Generator<JsonPart> {
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    const start = at;
    if (character === '"') {
      at = endOfString(text, at) + 1;
      yield { kind: isKey(text, at) ? 'key' : 'string', start, end: at };
    } else if (SIGNS.includes(character)) {
      at += 1;
      yield { kind: character as '{', start, end: at };
    } else if (/[-0-9a-z]/.test(character)) {
      PLAIN_END.lastIndex = at;
      at = PLAIN_END.exec(text)?.index ?? text.length;
      yield { kind: /[a-z]/.test(character) ? 'word' : 'number', start, end: at };
    } else at += 1;
  }
}

function isKey(text: string, from: number): boolean {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at += 1;
  return text[at] === ':';
}

/** The index of the closing quote: one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slash = end - 1;
    while (text[slash] === '\\') slash -= 1;
    if ((end - slash) % 2 === 1) return end;
  }
}
