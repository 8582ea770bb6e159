import { aroundTable } from '../../formats/container';
import type { FieldTable, Reading } from '../../formats/fields';
import { JSON_FORMATS, OWN_FORMAT } from '../../formats/formats';
import type { Guard } from './guards';
import type { Leaf, Path } from './leaves';
import { isClear, mayRename, readingsOf, rivalsOf, type LeafClass, type Rivals } from './rivals';

/** What is known of the values of a shape. */
export interface Classified {
  classes: LeafClass[];
  rivals: Rivals;
}

/**
 * Says of each value of a record what its like must be for the record to be decoded alike.
 *
 * @param format that was recognised, such as `pino` or `container/pino`; none for our own
 * @returns undefined where that cannot be told by single values: such records are parsed
 */
export function classify(leaves: readonly Leaf[], format: string | undefined): Classified | undefined {
  if (format === undefined) return classifyOwn(leaves);
  const { around, name } = partsOf(format);
  const table = TABLES.get(name);
  if (!table) return undefined;
  const classes: LeafClass[] = [];
  for (const leaf of leaves) {
    const one =
      around && leaf.path[0] !== 'log' ? ofSurroundings(leaf) : ofFormat(leaf, name, table, leaves, around ? 1 : 0);
    if (!one) return undefined;
    classes.push(one);
  }
  const isBeside = (leaf: Leaf) => (around ? leaf.path[0] !== 'log' : name === 'otlp' && isOfResource(leaf));
  const within = <T>(some: readonly T[]) => some.filter((_, at) => !isBeside(leaves[at]!));
  const rivals = rivalsOf(within(leaves), within(classes));
  const readings = readingsOf(within(classes));
  const beside = readingsOf(classes.filter((_, at) => isBeside(leaves[at]!)));
  // A line without a time has that of its container.
  if (around && !readings.some(({ as }) => as === 'time')) return undefined;
  return rivals && isClear(readings, beside) && !mayRename(readings, beside) ? { classes, rivals } : undefined;
}

/** Formats that are decoded by their table and nothing else; OTLP has names of its own beside it. */
const TABLES = new Map(
  ['otlp', 'bunyan', 'pino', 'gelf', 'ecs', 'winston', 'journald', 'json'].map((name) => {
    return [name, JSON_FORMATS.find((format) => format.name === name)!.table!] as const;
  }),
);
TABLES.set(OWN_FORMAT.name, OWN_FORMAT.table!);

/** The format of a line, and whether it stands in that of a container. */
function partsOf(format: string): { around: boolean; name: string } {
  const [, around, name = ''] = /^(container\/)?(\w+)$/.exec(format) ?? [];
  return { around: around !== undefined, name };
}

/** True for formats of JSON whose records may be decoded by their shape; none is our own. */
export function hasShapes(format: string | undefined): boolean {
  return format === undefined || TABLES.has(partsOf(format).name);
}

const ANY: LeafClass = { guard: { is: 'any' } };

/** The fields of our own format as the schema of decode-record.ts has them; any other is an attribute. */
const OWN_FIELDS: Record<string, Reading> = {
  timestamp: { as: 'time', fills: '@timestamp' },
  service: { as: 'service', fills: 'service', rank: 0 },
  level: { as: 'level', fills: 'level', scale: 'own' },
  user_id: { as: 'label', fills: 'user_id' },
  status_code: { as: 'number', fills: 'status_code', least: 100, most: 599, whole: true, per: 1 },
  response_time_ms: { as: 'number', fills: 'response_time_ms', least: 0, most: Infinity, whole: false, per: 1 },
  error_code: { as: 'text', fills: 'error_code' },
};

function classifyOwn(leaves: readonly Leaf[]): Classified | undefined {
  const classes = leaves.map((leaf) => {
    const [name] = leaf.path;
    const reading = leaf.path.length === 1 && Object.hasOwn(OWN_FIELDS, name!) ? OWN_FIELDS[name!] : undefined;
    return byRule(leaf, reading && { reading });
  });
  // Only what is written as the document has it is taken at its word: other times have rules of their own here.
  const isOurs = classes.every((one) => {
    const guard = one === 'constant' ? undefined : one?.guard;
    return guard && guard.is !== 'time' && guard.is !== 'digits';
  });
  return isOurs ? { classes: classes as LeafClass[], rivals: [] } : undefined;
}

function ofFormat(leaf: Leaf, name: string, table: FieldTable, all: readonly Leaf[], skip: number) {
  const path = leaf.path.slice(skip);
  if (name === 'otlp') return ofOtlp({ ...leaf, path }, table, all);
  // A list of bytes is a text.
  if (name === 'journald' && path[0] === 'MESSAGE' && path.length > 1) return undefined;
  // It tells Bunyan from others.
  if (path.length === 1 && path[0] === 'v' && leaf.kind === 'number') return 'constant';
  return byRule(leaf, ruleAt(table, path));
}

/** What stands around a line stays whole, and some of it names its service and host. Its times are not asked for. */
function ofSurroundings(leaf: Leaf): LeafClass | undefined {
  return leaf.path[0] === 'stream' ? 'constant' : byRule(leaf, ruleAt(aroundTable, leaf.path));
}

/** True for what stands beside the log record of a request. */
function isOfResource({ path }: Leaf): boolean {
  return path[0] === 'resourceLogs' && !path.includes('logRecords');
}

type Rule = { to?: string | undefined; reading?: Reading | undefined } | undefined;

/** The rule that a table has for a value, by the keys on the way to it. */
export function ruleAt({ top }: FieldTable, path: Path): Rule {
  let level: FieldTable['top'] | undefined = top;
  for (let at = 0; at < path.length; at += 1) {
    const key = path[at]!;
    const place: { rule?: Rule; below?: FieldTable['top'] } | undefined =
      typeof key === 'string' ? level?.get(key) : undefined;
    if (at === path.length - 1) return place?.rule;
    level = place?.below;
  }
  return undefined;
}

function plain({ kind }: Leaf): LeafClass {
  return kind === 'text' ? ANY : { guard: { is: 'number' } };
}

/** Of a value that a table has a rule for, or none. @returns undefined where the rule takes more than can be told here */
export function byRule(leaf: Leaf, rule: Rule): LeafClass | undefined {
  // A text is no list of tags.
  if (!rule || rule.to === 'tags') return plain(leaf);
  const { reading } = rule;
  const guard = reading && guardOf(leaf, reading);
  return guard && { guard, reading };
}

function guardOf({ kind, raw }: Leaf, reading: Reading): Guard | undefined {
  const isText = kind === 'text';
  switch (reading.as) {
    case 'text':
      return isText ? (reading.alsoService ? { is: 'service' } : { is: 'any' }) : { is: 'number' };
    case 'label':
      return isText ? { is: 'any' } : { is: 'number' };
    case 'service':
      return isText ? { is: 'service' } : { is: 'number' };
    case 'number':
      return isText ? { is: 'digits', bounds: reading } : { is: 'number', bounds: reading };
    case 'time':
      return isText && /^\d{4}-.{18}Z$/.test(raw) ? { is: 'iso_time' } : { is: 'time', kind };
    case 'level': {
      const same = /^(?:trace|debug|info|warn|error|fatal)$/.test(raw);
      return { is: 'level', kind, same: isText && same, scale: reading.scale };
    }
    case 'url':
      return isText ? { is: 'url', query: raw.includes('?') } : { is: 'number' };
  }
}

const NANOS: Reading = { as: 'time', fills: '@timestamp' };
const OTEL_LEVEL: Reading = { as: 'level', fills: 'level', scale: 'otel' };

/** A log record of OTLP, alone or the only one of a request. */
function ofOtlp(leaf: Leaf, table: FieldTable, all: readonly Leaf[]): LeafClass | undefined {
  const { path, kind } = leaf;
  const key = path[path.length - 1];
  const list = path.indexOf('attributes');
  if (list >= 0) {
    if (key === 'key') return 'constant';
    // Lists and objects in attributes, and bytes, are left to the parser.
    if (path.length !== list + 4 || path[list + 2] !== 'value') return undefined;
    return ofAttribute(leaf, key, nameOf(path.slice(0, list + 2), all), table);
  }
  const own = path[0] === 'resourceLogs' ? path.slice(path.indexOf('logRecords') + 2) : path;
  if (path[0] === 'resourceLogs' && !path.includes('logRecords')) return plain(leaf);
  const has = (name: string) => all.some((one) => one.path[one.path.length - 1] === name);
  switch (own[0]) {
    case 'timeUnixNano':
      return byRule(leaf, { reading: NANOS });
    case 'observedTimeUnixNano':
      return has('timeUnixNano') ? plain(leaf) : byRule(leaf, { reading: NANOS });
    case 'severityNumber':
      return kind === 'number' ? byRule(leaf, { reading: OTEL_LEVEL }) : undefined;
    case 'severityText':
      return has('severityNumber') ? plain(leaf) : byRule(leaf, { reading: OTEL_LEVEL });
    case 'body':
      return own.length === 2 && key === 'stringValue' && kind === 'text' ? ANY : undefined;
    case 'traceId':
    case 'spanId':
      // Exporters write an empty one where there is none.
      if (leaf.raw === '' && kind === 'text') return 'constant';
      return kind === 'text' ? { guard: { is: 'id' } } : undefined;
    default:
      return own.length === 1 ? plain(leaf) : undefined;
  }
}

/** The name of the attribute at a path. */
function nameOf(path: Path, all: readonly Leaf[]): string {
  const beside = all.find(
    (one) => one.path.length === path.length + 1 && `${one.path.join('\0')}` === [...path, 'key'].join('\0'),
  );
  return beside?.raw ?? '';
}

function ofAttribute(leaf: Leaf, type: unknown, name: string, table: FieldTable): LeafClass | undefined {
  const rule = ruleAt(table, [name]);
  if (type === 'stringValue' && leaf.kind === 'text') return byRule(leaf, rule);
  if (type === 'doubleValue' && leaf.kind === 'number') return byRule(leaf, rule);
  if (type !== 'intValue') return undefined;
  if (leaf.kind === 'number') return byRule(leaf, rule);
  const reading = rule?.reading;
  if (rule && !reading) return undefined;
  return { guard: { is: 'whole', bounds: reading?.as === 'number' ? reading : undefined }, reading };
}
