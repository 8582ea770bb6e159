import type { LogRecord } from '../domain/record';
import { tokensOf, type Token } from './json-text';

/** A closer look at the few records that need one, by the tokens of their text. No speed is asked for, only linear time. */

/** Characters of a path as it stands in a dead letter. */
const MAX_PATH = 512;

/** Where a key stands twice in its object, as dotted path; empty when none does. */
export function findDuplicateKey(text: string): string {
  return find(text, ({ key, level }) => key !== undefined && level.names!.has(key)) ?? '';
}

/** Where a name is longer than `max` or holds a zero character, which parts name and value in a flattened field. */
export function findInvalidName(text: string, max: number): string | undefined {
  return find(text, ({ key }) => key !== undefined && (key.length > max || key.includes('\0')));
}

/** Where a number has more than `max` characters. */
export function findLongNumber(text: string, max: number): string {
  return find(text, ({ token }) => /^[-\d]/.test(text[token.start]!) && token.end - token.start > max) ?? '';
}

/** Where the attributes are `max` levels deep. */
export function findTooDeep(text: string, max: number): string {
  return find(text, ({ depth }) => depth >= max) ?? '';
}

/**
 * A record as JSON text in which every number stands as it came.
 *
 * @param members of the text that `record` was made of
 * @param known names that are no attributes
 */
export function documentText(
  record: LogRecord,
  members: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
): string {
  const fields: string[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (name === 'attributes' || value === undefined) continue;
    fields.push(`"${name}":${typeof value === 'number' ? members.get(name) : JSON.stringify(value)}`);
  }
  const others = [...members].filter(([name]) => !known.has(name));
  if (others.length > 0) {
    fields.push(`"attributes":{${others.map(([name, raw]) => `${JSON.stringify(name)}:${raw}`).join(',')}}`);
  }
  return `{${fields.join(',')}}`;
}

/** The top-level members of an object with distinct keys: each value as it is written, on one line. */
export function membersOf(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let name = '';
  let from = 0;
  for (const { kind, start, end } of tokensOf(text)) {
    if (kind === '{' || kind === '[') {
      if (depth === 1) from = start;
      depth += 1;
      continue;
    }
    if (kind === '}' || kind === ']') depth -= 1;
    else if (depth === 1 && kind === 'value') from = start;
    if (depth !== 1) continue;
    if (kind === 'key') name = JSON.parse(text.slice(start, end)) as string;
    // A line break can only stand between tokens: inside a string it would be no JSON.
    else members.set(name, text.slice(from, end).replace(/[\r\n]/g, ' '));
  }
  return members;
}

/** An object or array that is still open. */
interface Level {
  /** Keys so far; undefined in an array. */
  names: Set<string> | undefined;
  /** The key or the index of the member that is being read. */
  at: string | number;
}

interface Place {
  /** The key just read, if it is one. */
  key: string | undefined;
  token: Token;
  level: Level;
  /** Containers around this place, the record itself not counted. */
  depth: number;
}

function find(text: string, holds: (place: Place) => boolean): string | undefined {
  const levels: Level[] = [];
  for (const token of tokensOf(text)) {
    const level = levels.at(-1);
    if (token.kind === '}' || token.kind === ']') levels.pop();
    if (level === undefined || token.kind === '}' || token.kind === ']') {
      if (level === undefined) open(levels, token);
      continue;
    }
    const key = token.kind === 'key' ? (JSON.parse(text.slice(token.start, token.end)) as string) : undefined;
    if (key !== undefined) level.at = key;
    else if (typeof level.at === 'number') level.at += 1;
    const opens = token.kind === '{' || token.kind === '[';
    if (holds({ key, token, level, depth: levels.length - 1 + (opens ? 1 : 0) })) return pathOf(levels);
    if (key !== undefined) level.names!.add(key);
    open(levels, token);
  }
  return undefined;
}

function open(levels: Level[], { kind }: Token): void {
  if (kind === '{') levels.push({ names: new Set(), at: '' });
  if (kind === '[') levels.push({ names: undefined, at: -1 });
}

function pathOf(levels: Level[]): string {
  return levels
    .map(({ at }) => at)
    .join('.')
    .slice(0, MAX_PATH);
}
