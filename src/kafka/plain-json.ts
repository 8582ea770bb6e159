const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
const CLOSING_BRACE = 125;
const SPACE = 32;

const START = '{"timestamp":"';

/**
 * True when a text, known to be one valid JSON object of `fields` different keys with no object inside, can stand in a
 * bulk body as it is: on one line, `timestamp` first, no escapes, and every key written exactly once. JSON.parse keeps
 * the last of several equal keys without a word, and Elasticsearch refuses them, so the keys in the text are counted.
 *
 * @param text ASCII only
 */
export function isPlainObject(text: string, fields: number): boolean {
  if (!text.startsWith(START) || text.charCodeAt(text.length - 1) !== CLOSING_BRACE) return false;
  let keys = 0;
  let inString = false;
  for (let i = 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      inString = !inString;
      if (inString) continue;
      const next = text.charCodeAt(i + 1);
      if (next === COLON) keys += 1;
      else if (next !== COMMA && next !== CLOSING_BRACE && next !== CLOSING_BRACKET) return false;
    } else if (code === BACKSLASH || code < SPACE) return false;
  }
  return keys === fields;
}
