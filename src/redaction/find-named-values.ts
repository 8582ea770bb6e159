import { replacementAt } from './replacement';
import type { Finder, RedactionSettings } from './rules';
import { NAME_ENDS, type SecretNames } from './secret-names';

/** Between a name and its value: a closing quote, blanks, and a sign. Bounded, so that no text makes it slow. */
const SIGN = String.raw`\\{0,7}["']?[ \t]{0,8}(=>|[:=>])[ \t]{0,8}`;
/** What ends a value without quotes. */
const VALUE_ENDS = new Set([...' \t\r\n,;&"\'<>)]}|\\'].map((one) => one.charCodeAt(0)));
const SCHEME = /(?:bearer|basic|digest|token|apikey|negotiate)[ \t]{1,4}/iy;
const OPEN_QUOTE = /\\{0,7}["']/y;
/** Headers whose value goes on to the end of the line. */
const WHOLE_LINE = /^(?:authori[sz]ation|cookie)/i;
/** Names behind which prose may follow: `unexpected token: end of input`. */
const PROSE = /^(?:secret|token|credential|.*key)/i;
const LONG_WORD = 20;
/** A list or an object without its end is taken up to here, at least. */
const MAX_NESTED = 64 * 1024;

/** The values of names that say secret, where a text holds `name=value`, `name: value`, `"name":"value"` or `<name>value`. */
export function createNamedValues({ rules }: RedactionSettings, names: SecretNames): Finder {
  const ends = rules.includes('field') ? [`(?:${NAME_ENDS})s?`, '(?<![A-Za-z])pwd'] : [];
  // An extra name is the whole of a name.
  const whole = names.extra.map((name) => `(?<![\\w.-])${escape(name)}`);
  if (ends.length + whole.length === 0) return () => undefined;
  const pattern = new RegExp(`(${[...ends, ...whole].join('|')})${SIGN}`, 'gi');
  return (text, found) => {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const [all, name, sign] = match;
      const from = match.index + all.length;
      const line = WHOLE_LINE.test(name!) && sign === ':';
      const { start, end, next } = valueAt(text, from, line);
      pattern.lastIndex = Math.max(pattern.lastIndex, next);
      const value = text.slice(start, end);
      if (end <= start || replacementAt(text, start) === end - start) continue;
      // The number behind a plural is a count.
      if (/s$/i.test(name!) && /^\d+$/.test(value)) continue;
      const prose = sign === ':' && start === from && /[ \t]$/.test(all) && PROSE.test(name!);
      if (prose && !/\d/.test(value) && value.length < LONG_WORD) continue;
      found(start, end);
    }
  };
}

interface Value {
  start: number;
  end: number;
  /** Where to go on. */
  next: number;
}

function valueAt(text: string, from: number, line: boolean): Value {
  OPEN_QUOTE.lastIndex = from;
  const quote = OPEN_QUOTE.exec(text)?.[0];
  if (quote !== undefined) {
    const end = endOfQuoted(text, from + quote.length, quote);
    return { start: from + quote.length, end, next: end };
  }
  const replaced = replacementAt(text, from);
  if (replaced > 0) return { start: from, end: from + replaced, next: from + replaced };
  if (text[from] === '{' || text[from] === '[') {
    const end = endOfNested(text, from);
    return { start: from, end, next: end };
  }
  let end = from;
  if (line) while (end < text.length && !/[\r\n"\\]/.test(text[end]!)) end += 1;
  else {
    SCHEME.lastIndex = end;
    end += SCHEME.exec(text)?.[0].length ?? 0;
    end += replacementAt(text, end);
    while (end < text.length && !VALUE_ENDS.has(text.charCodeAt(end))) end += 1;
  }
  return { start: from, end, next: end };
}

/** Of a string that begins with a quote and the backslashes before it: in JSON within JSON it ends with the same ones. */
function endOfQuoted(text: string, from: number, quote: string): number {
  const slashes = quote.length - 1;
  const sign = quote.at(-1)!;
  for (let at = text.indexOf(sign, from); at >= 0; at = text.indexOf(sign, at + 1)) {
    let before = at;
    while (before > from && text[before - 1] === '\\') before -= 1;
    if (at - before === slashes || (slashes === 0 && (at - before) % 2 === 0)) return before;
  }
  return text.length;
}

/** Of a list or an object, by its brackets and quotes. */
function endOfNested(text: string, from: number): number {
  const limit = Math.min(text.length, from + MAX_NESTED);
  let depth = 0;
  let quoted = false;
  for (let at = from; at < limit; at += 1) {
    const character = text[at]!;
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return limit;
}

function escape(name: string): string {
  return name.replace(/[^\w]/g, (one) => `\\${one}`);
}
