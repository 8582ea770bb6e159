import { define } from './define';
import type { Draft, Told } from './draft';
import type { LevelScale } from './levels';

/** Takes a value into the draft. True when the draft tells it whole, so that it need not stand in the attributes as well. */
type Take = (draft: Draft, value: unknown) => boolean;

export interface FieldRule {
  /** Where the document has it; undefined when the document never tells it whole. */
  to: string | undefined;
  take: Take;
  /** Absent where the document never tells the value. */
  told?: Told | undefined;
  /** How it reads a text or a number, where no more than this has to be known of the value; see kafka/shapes. */
  reading?: Reading | undefined;
}

/** What a rule does with a text or a number, in a form that can be looked at. */
export type Reading = { fills: string; alsoService?: boolean } & (
  | { as: 'text' | 'label' | 'time' | 'url' }
  | { as: 'service'; rank: number }
  | { as: 'level'; scale: LevelScale | 'own' }
  | ({ as: 'number' } & NumberReading)
);

/** The bounds of a number, and how many of the record's units are one of the document's. */
export interface NumberReading {
  least: number;
  most: number;
  whole: boolean;
  per: number;
}

/** Which of a format's fields the document has, by their dotted path in the record. */
export interface FieldTable {
  rules: ReadonlyMap<string, FieldRule>;
  top: Level;
}

/** What may stand at one level of a record, by its key there: no path is put together for a record. */
export type Level = ReadonlyMap<string, Place>;

export interface Place {
  /** The whole of it, dotted. */
  path: string;
  rule?: FieldRule;
  /** Where something below it has a rule. */
  below?: Level;
}

/**
 * Of several paths to one field of the document, the first moves its value there; a value under another path is copied, and
 * also stays as it came, so that it can be read back from where it stood.
 */
export function fieldTable(rules: Record<string, FieldRule>): FieldTable {
  const moved = new Set<string>();
  const branches = new Set<string>();
  const table = new Map<string, FieldRule>();
  for (const [path, rule] of Object.entries(rules)) {
    const { to, take } = rule;
    const moves = to !== undefined && !moved.has(to);
    if (moves) table.set(path, { ...rule, take: (draft, value) => moveTo(to, take, draft, value) });
    else table.set(path, { ...rule, to: undefined, take: (draft, value) => take(draft, value) && false });
    if (to !== undefined) moved.add(to);
    for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) branches.add(path.slice(0, dot));
  }
  return { rules: table, top: levelsOf(table, branches) };
}

/** A key may have dots as well: each path is at its whole, and below each of its beginnings by what is left of it. */
function levelsOf(rules: ReadonlyMap<string, FieldRule>, branches: ReadonlySet<string>): Level {
  const levels = new Map([...branches, ''].map((branch) => [branch, new Map<string, Place>()]));
  const put = (path: string, known: Partial<Place>) => {
    const set = (level: Map<string, Place>, key: string) => level.set(key, { path, ...level.get(key), ...known });
    set(levels.get('')!, path);
    for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
      set(levels.get(path.slice(0, dot))!, path.slice(dot + 1));
    }
  };
  for (const [path, rule] of rules) put(path, { rule });
  for (const branch of branches) put(branch, { below: levels.get(branch)! });
  return levels.get('')!;
}

/** What stands under its first name wins over what stood under another before. */
function moveTo(to: string, take: Take, draft: Draft, value: unknown): boolean {
  const before = draft.fields[to];
  if (before !== undefined) {
    // The same path twice, as a dotted name and as nested ones: the second stays where it is.
    if (draft.moved.includes(to)) return false;
    draft.fields[to] = undefined;
  }
  const moved = take(draft, value);
  if (moved) draft.moved.push(to);
  else draft.fields[to] ??= before;
  return moved;
}

/** Takes a record of which a table knows all that its format has names for; what is left becomes the attributes. */
export function takeRecord(input: Record<string, unknown>, table: FieldTable, draft: Draft): void {
  const rest = takeFields(input, table, draft);
  draft.attributes = rest && setCopiesApart(rest, table, draft);
}

/**
 * Sets apart as they came those values that the document tells in other words or under another name: they are found by the
 * document's own field, and to index each time and id once more is up to a quarter of Elasticsearch's work on a record.
 *
 * @returns what is left of `node`, itself where nothing is set apart
 */
export function setCopiesApart(
  node: Record<string, unknown>,
  { top }: Pick<FieldTable, 'top'>,
  draft: Draft,
): Record<string, unknown> | undefined {
  let changed = false;
  let rest: Record<string, unknown> | undefined;
  for (const key in node) {
    const place = top.get(key);
    const value = node[key];
    const told = place?.rule?.told;
    if (told?.(draft, value) && draft.keepAsItCame(place!.path, value, told)) {
      changed = true;
      continue;
    }
    let left = value;
    if (place?.below && isObject(value)) {
      left = setCopiesApart(value, { top: place.below }, draft);
      changed ||= left !== value;
      if (left === undefined && Object.keys(value).length > 0) continue;
    }
    rest ??= {};
    define(rest, key, left ?? value);
  }
  return changed ? rest : node;
}

/**
 * Takes what the table knows of `node` into the draft.
 *
 * @returns everything else, in the shape that it came in; undefined when nothing is left
 */
export function takeFields(
  node: Record<string, unknown>,
  { top }: Pick<FieldTable, 'top'>,
  draft: Draft,
): Record<string, unknown> | undefined {
  let rest: Record<string, unknown> | undefined;
  for (const key in node) {
    const place = top.get(key);
    let value = node[key];
    if (place?.rule?.take(draft, value)) continue;
    if (place?.below && isObject(value)) {
      const left = takeFields(value, { top: place.below }, draft);
      if (left === undefined && Object.keys(value).length > 0) continue;
      value = left ?? value;
    }
    rest ??= {};
    define(rest, key, value);
  }
  return rest;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
