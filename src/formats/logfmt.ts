import { define } from './define';
import { takeRecord } from './fields';
import type { TextFormat } from './format';
import { jsonLog, LEVEL_NAMES, MESSAGE_NAMES } from './json-log';

const PAIR = /[ \t]*([\w.@/-]{1,128})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=[ \t\n]|$)/y;
const MARKS = new Set<string>([...MESSAGE_NAMES, ...LEVEL_NAMES]);
const MAX_PAIRS = 500;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r' };

/** `key=value` pairs, values in quotes where they have blanks; one of the pairs is a level or a message. */
export const logfmt: TextFormat = {
  name: 'logfmt',
  marks: '`key=value` pairs and nothing else, one of them a level or a message',
  decode(line, draft) {
    const pairs: Record<string, unknown> = {};
    let count = 0;
    let marked = false;
    let at = 0;
    const end = line.trimEnd().length;
    while (at < end) {
      PAIR.lastIndex = at;
      const found = PAIR.exec(line);
      if (!found || count === MAX_PAIRS) return false;
      const [, key = '', quoted, bare] = found;
      // A key that stands twice: the line stays readable, in its original.
      if (!Object.hasOwn(pairs, key)) define(pairs, key, quoted === undefined ? bare : unescaped(quoted));
      marked ||= MARKS.has(key);
      count += 1;
      at = PAIR.lastIndex;
    }
    if (count < 2 || !marked) return false;
    takeRecord(pairs, jsonLog.table!, draft);
    draft.original = line;
    draft.originalTells = true;
    return true;
  },
};

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_all, one: string) => ESCAPES[one] ?? one);
}
