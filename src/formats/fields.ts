import { define } from './define';
import type { Draft } from './draft';
import type { LevelScale } from './levels';

/** Takes a value into the draft. True when the draft tells it whole, so that it need not stand in the attributes as well. */
type Take = (draft: Draft, value: unknown) => boolean;

export interface FieldRule {
  /** Where the document has it; undefined when the document never tells it whole. */
  to: string | undefined;
  take: Take;
  /** Whether the finished document tells the value, if in other words or under another name. Absent where it never does. */
  told?: ((draft: Draft, value: unknown) => boolean) | undefined;
}

/** Which of a format's fields the document has, by their dotted path in the record. */
export interface FieldTable {
  rules: ReadonlyMap<string, FieldRule>;
  /** Paths that lead to a rule. */
  branches: ReadonlySet<string>;
}

/**
 * Of several paths to one field of the document, the first moves its value there; a value under another path is copied, and
 * also stays as it came, so that it can be read back from where it stood.
 */
export function fieldTable(rules: Record<string, FieldRule>): FieldTable {
  const moved = new Set<string>();
  const branches = new Set<string>();
  const table = new Map<string, FieldRule>();
  for (const [path, { to, take, told }] of Object.entries(rules)) {
    const moves = to !== undefined && !moved.has(to);
    if (moves) table.set(path, { to, told, take: (draft, value) => moveTo(to, take, draft, value) });
    else table.set(path, { to: undefined, told, take: (draft, value) => take(draft, value) && false });
    if (to !== undefined) moved.add(to);
    for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) branches.add(path.slice(0, dot));
  }
  return { rules: table, branches };
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

/** Any text. */
export function text(to: string): FieldRule {
  return {
    to,
    take({ fields }, value) {
      if (!isText(value) || fields[to] !== undefined) return false;
      fields[to] = value;
      return true;
    },
    told: ({ fields }, value) => fields[to] === value,
  };
}

/** Text, or a number that is then written as text. */
export function label(to: string): FieldRule {
  return {
    to,
    take({ fields }, value) {
      if (fields[to] !== undefined) return false;
      if (typeof value === 'number') fields[to] = String(value);
      if (!isText(value)) return false;
      fields[to] = value;
      return true;
    },
    told: ({ fields }, value) => fields[to] === (typeof value === 'number' ? String(value) : value),
  };
}

/** A number within bounds; one of `per` units is divided by it, and stays where it was, too. */
export function number(to: string, least: number, most: number, { whole = false, per = 1 } = {}): FieldRule {
  return {
    to,
    take({ fields }, value) {
      const given = ofDigits(value);
      if (typeof given !== 'number' || fields[to] !== undefined) return false;
      const wanted = given / per;
      if (!(wanted >= least && wanted <= most) || (whole && !Number.isInteger(wanted))) return false;
      fields[to] = wanted;
      return wanted === value;
    },
    told({ fields }, value) {
      const given = ofDigits(value);
      return typeof given === 'number' && fields[to] === given / per;
    },
  };
}

/** The number that a text of digits is; anything else as it is. */
function ofDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
}

export const status = () => number('status_code', 100, 599, { whole: true });
export const pid = () => number('process.pid', 0, Number.MAX_SAFE_INTEGER, { whole: true });
/** @param per how many of the record's units are a millisecond */
export const duration = (per: number) => number('response_time_ms', 0, 1e12, { per });

export const time: FieldRule = {
  to: '@timestamp',
  take: (draft, value) => draft.setTime(value),
  told: ({ timeFrom }, value) => timeFrom !== undefined && timeFrom === value,
};
export const traceParent: FieldRule = {
  to: undefined,
  take(draft, value) {
    draft.setTraceParent(value);
    return false;
  },
  told({ fields }, value) {
    const [trace, span] = [fields['trace.id'], fields['span.id']];
    return typeof value === 'string' && value.startsWith(`00-${trace}-${span}-`);
  },
};
export const tags: FieldRule = {
  to: 'tags',
  take(draft, value) {
    if (!Array.isArray(value) || draft.tags || !value.every((one) => typeof one === 'string')) return false;
    draft.tags = value;
    return true;
  },
};

export function level(scale: LevelScale): FieldRule {
  return {
    to: 'level',
    take: (draft, value) => draft.setLevel(value, scale),
    told: ({ levelFrom }, value) => levelFrom !== undefined && levelFrom === value,
  };
}

/** The last rank of names that are meant for the service. */
const NEAREST = 2;

/** A name for the service; of several the one of the lowest rank is taken. Only rank 0 names it for good. */
export function service(rank: number): FieldRule {
  const to = rank === 0 ? 'service' : undefined;
  return {
    to,
    take: (draft, value) => draft.setService(value, rank) && rank === 0,
    // What stands around a line of a container may outrank the others yet.
    told: rank <= NEAREST ? (draft, value) => draft.service === value : undefined,
  };
}

/** A field of its own that is also a name for the service. */
export function alsoService(rule: FieldRule, rank: number): FieldRule {
  return {
    to: rule.to,
    told: rule.told,
    take(draft, value) {
      draft.setService(value, rank);
      return rule.take(draft, value);
    },
  };
}

/** Takes a record of which a table knows all that its format has names for; what is left becomes the attributes. */
export function takeRecord(input: Record<string, unknown>, table: FieldTable, draft: Draft): void {
  const rest = takeFields(input, table, draft);
  draft.attributes = rest && setCopiesApart(rest, table, draft);
}

/**
 * Sets apart as they came, under the draft's {@link Draft.asItCame}, those values that the document tells in other words or
 * under another name: they are found by the document's own field, and to index each time and id of a record once more costs
 * a third of what the record costs.
 *
 * @returns what is left of `node`, itself where nothing is set apart
 */
export function setCopiesApart(
  node: Record<string, unknown>,
  table: FieldTable,
  draft: Draft,
  prefix = '',
): Record<string, unknown> | undefined {
  let changed = false;
  let rest: Record<string, unknown> | undefined;
  for (const key of Object.keys(node)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const value = node[key];
    if (table.rules.get(path)?.told?.(draft, value) && draft.keepAsItCame(path, value)) {
      changed = true;
      continue;
    }
    let left = value;
    if (isObject(value) && table.branches.has(path)) {
      left = setCopiesApart(value, table, draft, path);
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
  table: FieldTable,
  draft: Draft,
  prefix = '',
): Record<string, unknown> | undefined {
  let rest: Record<string, unknown> | undefined;
  for (const key of Object.keys(node)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    let value = node[key];
    const rule = table.rules.get(path);
    if (rule?.take(draft, value)) continue;
    if (isObject(value) && table.branches.has(path)) {
      const left = takeFields(value, table, draft, path);
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

/** Text that is no number in disguise: see exact-numbers.ts. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.startsWith('\0number');
}
