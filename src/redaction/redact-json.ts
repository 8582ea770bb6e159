import { isCardNumber } from './find-cards';
import { partsOf, type JsonPart } from './json-strings';
import { replacementAt } from './replacement';
import type { RedactionSettings } from './rules';
import type { TextRedactor } from './redact-text';
import type { NameVerdict, SecretNames } from './secret-names';

/** JSON in a string of JSON, as containers' logs have it, is looked into so many times. */
const MAX_NESTED = 4;
/** Members that name what another member of the same object holds, as OpenTelemetry's attributes do. */
const PAIR_NAMES = new Set(['key', 'name']);
const PAIR_VALUE = 'value';
const MAX_PATH = 512;
/** journald writes a text that is not plain as a list of its bytes, and the decoder reads it. */
export const BYTES_NAME = 'MESSAGE';

/** An object or a list that is open. */
interface Level {
  list: boolean;
  /** What everything in it is, by the names around it. */
  inherited: NameVerdict;
  /** Of the member that is being read. */
  key: string;
  verdict: NameVerdict;
  /** Names around it, each with a point. */
  base: string;
  /** What a member `key` or `name` says of the member `value`. */
  pair: NameVerdict;
  /** What names became, and how often each: two secrets stay two names. */
  renamed: { names: Map<string, string>; counts: Map<string, number> } | undefined;
  /** Where it begins. */
  start: number;
  /** Of a list of bytes that stand for a text. */
  bytes: number[] | undefined;
}

/**
 * Redacts a valid JSON text: strings, names, numbers that are cards, and every text and number under a name that says
 * secret. Other characters stay as they are, so numbers keep their digits. Two names that would become the same are numbered.
 */
export function redactJson(
  text: string,
  redactor: TextRedactor,
  names: SecretNames,
  settings: RedactionSettings,
  depth = 0,
): string {
  const pieces: string[] = [];
  let from = 0;
  const put = (part: JsonPart, replacement: string) => {
    pieces.push(text.slice(from, part.start), replacement);
    from = part.end;
  };
  const levels: Level[] = [];
  const secret = (part: JsonPart, value: string) => {
    if (value === '' || replacementAt(value, 0) === value.length) return;
    put(part, JSON.stringify(redactor.value('field', value)));
  };
  const cards = settings.rules.includes('card');
  for (const part of partsOf(text)) {
    const level = levels.at(-1);
    const { kind } = part;
    takeByte(level, text, part);
    if (kind === '{' || kind === '[') levels.push(openLevel(kind === '[', level, part.start));
    else if (kind === '}' || kind === ']') {
      levels.pop();
      const written = textOfBytes(level);
      if (written === undefined) continue;
      const shown = redactString(written, redactor, names, settings, depth);
      if (shown !== written) put({ ...part, start: level!.start }, JSON.stringify(shown));
    } else if (kind === 'key') {
      const name = contentOf(text, part);
      enterMember(level!, name, names);
      const shown = redactString(name, redactor, names, settings, MAX_NESTED);
      if (shown !== name) put(part, JSON.stringify(distinct(level!, name, shown)));
    } else if (kind === 'number') {
      const raw = text.slice(part.start, part.end);
      if (verdictOf(level) === 'secret') secret(part, raw);
      else if (cards && isCardNumber(raw)) put(part, JSON.stringify(redactor.value('card', raw)));
    } else if (kind === 'string') {
      const value = contentOf(text, part);
      if (level && !level.list && PAIR_NAMES.has(level.key)) level.pair = names.judge(value, value);
      if (verdictOf(level) !== 'plain') {
        secret(part, value);
        continue;
      }
      const shown = redactString(value, redactor, names, settings, depth);
      if (shown !== value) put(part, JSON.stringify(shown));
    }
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(from);
}

function openLevel(list: boolean, around: Level | undefined, start: number): Level {
  const inBytes = list && around?.list === false && around.key === BYTES_NAME && verdictOf(around) === 'plain';
  return {
    start,
    bytes: inBytes ? [] : undefined,
    list,
    inherited: verdictOf(around),
    key: '',
    verdict: 'plain',
    base: baseIn(around),
    pair: 'plain',
    renamed: undefined,
  };
}

function takeByte(level: Level | undefined, text: string, { kind, start, end }: JsonPart): void {
  if (level?.bytes === undefined || kind === ']') return;
  const byte = kind === 'number' ? Number(text.slice(start, end)) : -1;
  if (Number.isInteger(byte) && byte >= 0 && byte < 256) level.bytes.push(byte);
  else level.bytes = undefined;
}

function textOfBytes(level: Level | undefined): string | undefined {
  return level?.bytes && Buffer.from(level.bytes).toString('utf8');
}

function enterMember(level: Level, name: string, names: SecretNames): void {
  level.key = name;
  level.verdict = names.judge(name, level.base + name);
}

/** What stands before the names within a member. A longer path than any setting has is not followed. */
function baseIn(around: Level | undefined): string {
  if (around === undefined) return '';
  return around.list || around.base.length > MAX_PATH ? around.base : `${around.base}${around.key}.`;
}

function verdictOf(level: Level | undefined): NameVerdict {
  if (level === undefined) return 'plain';
  if (level.inherited !== 'plain') return level.inherited;
  return level.verdict === 'plain' && level.key === PAIR_VALUE ? level.pair : level.verdict;
}

function distinct(level: Level, name: string, shown: string): string {
  level.renamed ??= { names: new Map(), counts: new Map() };
  const { names, counts } = level.renamed;
  const known = names.get(name);
  if (known !== undefined) return known;
  const count = (counts.get(shown) ?? 0) + 1;
  const unique = count === 1 ? shown : `${shown}#${count}`;
  counts.set(shown, count);
  names.set(name, unique);
  return unique;
}

function redactString(
  value: string,
  redactor: TextRedactor,
  names: SecretNames,
  settings: RedactionSettings,
  depth: number,
): string {
  if (depth < MAX_NESTED && isJson(value)) return redactJson(value, redactor, names, settings, depth + 1);
  return redactor.text(value);
}

/** True for the text of a JSON object or list. */
export function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function contentOf(text: string, { start, end }: JsonPart): string {
  const raw = text.slice(start, end);
  return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}
