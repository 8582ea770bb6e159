import { plainRecord, type DocumentBody, type KafkaRecord, type LogRecord } from '../../domain/record';
import { classify, type LeafClass } from './classify';
import { check, type Guard } from './guards';
import { innerLeaves, leavesOf, type Leaf } from './leaves';
import { endOfText } from './scan';
import { readByPlan, roomOf, type Part, type Plan } from './plan';

/** What a record that was parsed says of all others of its shape. */
export interface Lesson {
  /** The values that may differ, in their order. */
  leaves: Leaf[];
  /** Absent where records of this shape have to be parsed. */
  plan: Plan | undefined;
}

/** The document of a record, by the parser; undefined when it is none, or not one that is written anew. */
export type Parse = (record: KafkaRecord) => LogRecord | undefined;

/**
 * Learns how records of one shape are decoded, by having the parser decode one whose values are marks: where they come to
 * stand in the document, the values of others do. What the parser makes of the record itself has to come out, too.
 *
 * @param document that the parser has made of `record`
 * @returns undefined when the record is no example of its shape: one of its values is not as most are
 */
export function learn(record: KafkaRecord, document: LogRecord, parse: Parse): Lesson | undefined {
  const format = document.event!.format;
  const found = leavesOf(record.value!.toString('latin1'));
  if (!found) return undefined;
  const all = format.startsWith('container/') ? withInner(found) : found;
  const classes = all && classify(all, format);
  if (!all || !classes) return { leaves: all ?? found, plan: undefined };
  const leaves = all.filter((_, at) => classes[at] !== 'constant');
  const known = classes.filter((one) => one !== 'constant');
  const { value, timestamp } = record;
  const passes = leaves.every(({ start, end, kind, inner }, at) => {
    if (kind === 'text' && endOfText(value!, start, inner) !== end) return false;
    return !Number.isNaN(check(known[at]!.guard, value!, start, end, timestamp));
  });
  return passes ? { leaves, plan: planOf(record, document, parse, leaves, known) } : undefined;
}

/** The same with the values of the line in the place of the line. */
function withInner(leaves: Leaf[]): Leaf[] | undefined {
  const line = leaves.find(({ path }) => path.length === 1 && path[0] === 'log');
  const inner = line && innerLeaves(line);
  return inner && leaves.flatMap((leaf) => (leaf === line ? inner : [leaf]));
}

type Known = Exclude<LeafClass, 'constant'>;

function planOf(
  record: KafkaRecord,
  document: LogRecord,
  parse: Parse,
  leaves: Leaf[],
  known: Known[],
): Plan | undefined {
  const bytes = record.value!;
  const marks = leaves.map((leaf, at) => markOf(leaf, known[at]!.guard, at));
  const marked = parse(
    plainRecord(record, { value: Buffer.from(withMarks(bytes.toString('latin1'), leaves, marks), 'latin1') }),
  );
  const plan = marked && splice(JSON.stringify(marked), leaves, marks, known);
  return plan && writes(plan, record, leaves, JSON.stringify(document)) ? plan : undefined;
}

const MARK = '~value-';
/** Marks that are numbers begin here; those of a status, which has bounds, at another one. */
const NUMBERS_FROM = 900_001;
const STATUS_FROM = 101;

/** What stands in the place of a value, such that it passes the same guard and stands nowhere else. Times and levels stay. */
function markOf({ raw }: Leaf, guard: Guard, at: number): string {
  switch (guard.is) {
    case 'any':
    case 'service':
      return `${MARK}${at}~`;
    case 'url':
      return guard.query ? `/${MARK}${at}~?${MARK}${at}~` : `/${MARK}${at}~`;
    case 'id':
      return `fedcba${NUMBERS_FROM + at}`;
    case 'number':
    case 'digits':
    case 'whole':
      return String((guard.bounds?.most === 599 ? STATUS_FROM : NUMBERS_FROM) + at);
    default:
      return raw;
  }
}

function withMarks(text: string, leaves: readonly Leaf[], marks: readonly string[]): string {
  let marked = '';
  let from = 0;
  leaves.forEach(({ start, end }, at) => {
    marked += text.slice(from, start) + marks[at]!;
    from = end;
  });
  return marked + text.slice(from);
}

/** Parts by the values that stand for them in the document: texts with their quotes, numbers without. */
function partsByMark(
  leaves: readonly Leaf[],
  marks: readonly string[],
  known: readonly Known[],
): Map<string, Part> | undefined {
  const parts = new Map<string, Part>();
  let clash = false;
  const put = (value: string, part: Part) => {
    clash ||= parts.has(value);
    parts.set(value, part);
  };
  known.forEach(({ guard }, leaf) => {
    const mark = marks[leaf]!;
    put(`"${mark}"`, { as: leaves[leaf]!.inner ? 'inner' : 'raw', leaf });
    if (guard.is === 'url' && guard.query) {
      put(`"/${MARK}${leaf}~"`, { as: 'path', leaf });
      put(`"${MARK}${leaf}~"`, { as: 'query', leaf });
    }
    if (guard.is === 'digits') put(String(Number(mark) / guard.bounds.per), { as: 'number', leaf });
    else if (
      guard.is === 'number' ||
      guard.is === 'whole' ||
      ((guard.is === 'time' || guard.is === 'level') && guard.kind === 'number')
    ) {
      put(mark, { as: 'raw', leaf });
      const per = 'bounds' in guard ? guard.bounds?.per : undefined;
      if (per !== undefined && per !== 1) put(String(Number(mark) / per), { as: 'number', leaf });
    }
  });
  return clash ? undefined : parts;
}

/** Takes the marked document apart. @returns undefined when a mark stands where no value can be put */
function splice(text: string, leaves: Leaf[], marks: string[], known: Known[]): Plan | undefined {
  const byMark = partsByMark(leaves, marks, known);
  const places = leavesOf(text);
  if (!byMark || !places) return undefined;
  const place = (is: (guard: Guard) => boolean) => {
    const at = known.findIndex(({ guard }) => is(guard));
    return at < 0 ? undefined : at;
  };
  const time = place(({ is }) => is === 'time' || is === 'iso_time');
  const level = place(({ is }) => is === 'level');
  const pieces: Buffer[] = [];
  const parts: Part[] = [];
  let from = 0;
  for (const { path, kind, start, end, raw } of places) {
    let part = byMark.get(kind === 'text' ? `"${raw}"` : raw);
    if (path.length === 1 && path[0] === '@timestamp') {
      part = time === undefined ? { as: 'kafka_time' } : (part ?? { as: 'time', leaf: time });
    } else if (path.length === 1 && path[0] === 'level' && level !== undefined) part ??= { as: 'level', leaf: level };
    if (!part) {
      if (raw.includes(MARK)) return undefined;
      continue;
    }
    pieces.push(Buffer.from(text.slice(from, start)));
    parts.push(part);
    from = end;
  }
  pieces.push(Buffer.from(text.slice(from)));
  const scored = (fills: string) => {
    const at = known.findIndex(({ reading }) => reading?.fills === fills);
    return at < 0 || !places.some(({ path }) => path.length === 1 && path[0] === fills) ? undefined : at;
  };
  return {
    ...{ guards: known.map(({ guard }) => guard), pieces, parts, room: roomOf(pieces, parts) },
    ...{ level, statusCode: scored('status_code'), responseTime: scored('response_time_ms') },
    errorCode: scored('error_code'),
  };
}

function writes(plan: Plan, { value, timestamp }: KafkaRecord, leaves: Leaf[], expected: string): boolean {
  const spans = leaves.flatMap(({ start, end }) => [start, end]);
  const read = readByPlan(plan, value!, spans, timestamp);
  if (!read) return false;
  const text = new TextBody();
  read.spliced.write(text);
  return text.toString() === expected;
}

/** A document as text. */
class TextBody implements DocumentBody {
  readonly #pieces: Uint8Array[] = [];

  reserve(): void {}

  bytes(some: Uint8Array): void {
    this.#pieces.push(some);
  }

  part(of: Uint8Array, start: number, end: number): void {
    this.bytes(of.subarray(start, end));
  }

  unescaped(of: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(of.subarray(start, end)).toString('latin1');
    this.ascii(text.replace(/\\(.)/g, '$1'));
  }

  ascii(text: string): void {
    this.bytes(Buffer.from(text, 'latin1'));
  }

  number(one: number): void {
    this.ascii(JSON.stringify(one));
  }

  time(ms: number): void {
    this.ascii(new Date(ms).toISOString());
  }

  toString(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}
