import { plainRecord, type KafkaRecord, type LogRecord, type ScoredFields } from '../../domain/record';
import type { Example } from './example';
import type { Guard } from './guards';
import { leavesOf, type Leaf } from './leaves';
import { readByPlan, roomOf, type Part, type Plan } from './plan';
import { TextBody } from './text-body';

/** The document of a record, by the parser; undefined when it is none, or not one that is written anew. */
export type Parse = (record: KafkaRecord) => LogRecord | undefined;

type Classes = NonNullable<Example['classes']>;
/** An example of records that need not be parsed. */
export type Learnable = Example & { classes: Classes };

/**
 * Learns how records of one shape are decoded, by having the parser decode one whose values are marks: where they come to
 * stand in the document, the values of others do. What the parser makes of the record itself has to come out, too.
 *
 * @param record that was taken apart into the example
 * @param document that the parser has made of it
 * @returns undefined when records of this shape have to be parsed
 */
export function learn(
  record: KafkaRecord,
  document: LogRecord,
  { leaves, classes, rivals }: Learnable,
  parse: Parse,
): Plan | undefined {
  const marks = leaves.map((leaf, at) => markOf(leaf, classes[at]!.guard, at));
  if (leaves.some(({ raw }, at) => marks[at] === raw && !staysAsItIs(classes[at]!.guard))) return undefined;
  const text = withMarks(record.value!.toString('latin1'), leaves, marks);
  const marked = parse(plainRecord(record, { value: Buffer.from(text, 'latin1') }));
  const plan = marked && splice(marked, text, { leaves, classes, rivals }, marks);
  return plan && writes(plan, record, leaves, document) ? plan : undefined;
}

const MARK = 'value-';
/** Marks that are numbers begin here, but for those with narrow bounds. */
const NUMBERS_FROM = 900_001;
/** Marks in narrow bounds, which have room for twice as many. */
const MANY = 40;

function staysAsItIs({ is }: Guard): boolean {
  return is === 'time' || is === 'iso_time' || is === 'level';
}

/** What stands in the place of a value, such that it passes the same guard and stands nowhere else. Times and levels stay. */
function markOf({ raw }: Leaf, guard: Guard, at: number): string {
  const number = NUMBERS_FROM + at;
  switch (guard.is) {
    case 'any':
    case 'service':
    case 'word':
    case 'message':
      return `${MARK}${number}`;
    case 'url':
      return guard.query ? `/${MARK}${number}?${MARK}${number}` : `/${MARK}${number}`;
    case 'id':
      return `fedcba${number}`;
    case 'number':
    case 'digits':
    case 'whole': {
      const { bounds } = guard;
      const mark = bounds && bounds.most < NUMBERS_FROM ? bounds.least + 1 + (at % MANY) : number;
      // Where a value is its own mark it could not be told from what is the same for all.
      return String(String(mark) === raw ? mark + MANY : mark);
    }
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
  classes: Classes,
): Map<string, Part> | undefined {
  const parts = new Map<string, Part>();
  let clash = false;
  const put = (value: string, part: Part) => {
    clash ||= parts.has(value);
    parts.set(value, part);
  };
  classes.forEach(({ guard }, leaf) => {
    const mark = marks[leaf]!;
    put(`"${mark}"`, { as: writtenAs(leaves[leaf]!), leaf });
    if (guard.is === 'url' && guard.query) {
      const [path, query] = mark.split('?');
      put(`"${path}"`, { as: 'path', leaf });
      put(`"${query}"`, { as: 'query', leaf });
    }
    if (guard.is === 'digits') put(String(Number(mark) / guard.bounds.per), { as: 'number', leaf });
    else if (guard.is === 'number' || guard.is === 'whole' || ('kind' in guard && guard.kind === 'number')) {
      put(mark, { as: 'raw', leaf });
      const per = 'bounds' in guard ? guard.bounds?.per : undefined;
      if (per !== undefined && per !== 1) put(String(Number(mark) / per), { as: 'number', leaf });
    }
  });
  return clash ? undefined : parts;
}

function writtenAs({ by }: Leaf): 'raw' | 'unescaped' | 'escaped' {
  return by === 'inner_quote' ? 'unescaped' : by === 'line' ? 'escaped' : 'raw';
}

/** Takes the marked document apart. @returns undefined when a mark stands where no value can be put */
function splice(
  marked: LogRecord,
  line: string,
  { leaves, classes, rivals }: Learnable,
  marks: readonly string[],
): Plan | undefined {
  const text = JSON.stringify(marked);
  const byMark = partsByMark(leaves, marks, classes);
  const places = leavesOf(text);
  if (!byMark || !places) return undefined;
  const time = placeOf(classes, ({ guard: { is } }) => is === 'time' || is === 'iso_time');
  const level = placeOf(classes, ({ guard: { is } }) => is === 'level');
  const pieces: Buffer[] = [];
  const parts: Part[] = [];
  let from = 0;
  const put = (part: Part, start: number, end: number) => {
    pieces.push(Buffer.from(text.slice(from, start)));
    parts.push(part);
    from = end;
  };
  const within = leaves[0]?.path.length === 0 ? withinTexts(leaves, marks, classes) : undefined;
  const original = JSON.stringify(line).slice(1, -1);
  for (const { path, kind, start, end, raw } of places) {
    let part = byMark.get(kind === 'text' ? `"${raw}"` : raw);
    if (path.length === 1 && path[0] === '@timestamp') {
      part = time === undefined ? { as: 'kafka_time' } : (part ?? { as: 'time', leaf: time });
    } else if (path.length === 1 && path[0] === 'level' && level !== undefined) part ??= { as: 'level', leaf: level };
    if (part) put(part, start, end);
    else if (within && raw === original)
      for (const [one, at, to] of inLine(line, leaves, marks)) put(one, start + at, start + to);
    else if (within && kind === 'text') for (const [one, at, to] of within(raw)) put(one, start + at, start + to);
    else if (raw.includes(MARK)) return undefined;
  }
  pieces.push(Buffer.from(text.slice(from)));
  const scored = (fills: string) => {
    const isThere = places.some(({ path }) => path.length === 1 && path[0] === fills);
    return isThere ? placeOf(classes, ({ reading }) => reading?.fills === fills) : undefined;
  };
  return {
    ...{
      guards: classes.map(({ guard }) => guard),
      rivals: rivals.map(([one, other]) => [leaves.indexOf(one), leaves.indexOf(other)]),
    },
    ...{ pieces, parts, room: roomOf(pieces, parts) },
    ...{ level, otherLevel: marked.level, statusCode: scored('status_code') },
    ...{ responseTime: scored('response_time_ms'), errorCode: scored('error_code') },
  };
}

function placeOf(classes: Classes, is: (one: Classes[number]) => boolean): number | undefined {
  const at = classes.findIndex(is);
  return at < 0 ? undefined : at;
}

type Found = [Part, number, number];

/** The values of a line in its JSON, where it stands as it came. */
function inLine(line: string, leaves: readonly Leaf[], marks: readonly string[]): Found[] {
  const jsonLength = (text: string) => JSON.stringify(text).length - 2;
  let [at, from, grown] = [0, 0, 0];
  return leaves.map((leaf, one) => {
    at += jsonLength(line.slice(from, leaf.start + grown));
    const start = at;
    from = leaf.start + grown + marks[one]!.length;
    grown += marks[one]!.length - (leaf.end - leaf.start);
    at += jsonLength(marks[one]!);
    return [{ as: writtenAs(leaf), leaf: one }, start, at];
  });
}

/** Finds the values of a line in texts that are made of several of them, as a request is, by marks that stand nowhere else. */
function withinTexts(leaves: readonly Leaf[], marks: readonly string[], classes: Classes) {
  const sure = marks.filter((mark, at) => mark.includes(MARK) && !staysAsItIs(classes[at]!.guard));
  const pattern = new RegExp(
    [...sure]
      .sort((a, b) => b.length - a.length)
      .map(literally)
      .join('|') || '(?!)',
    'g',
  );
  return function* (text: string): Generator<Found> {
    for (const { 0: mark, index } of text.matchAll(pattern)) {
      const leaf = marks.indexOf(mark);
      yield [{ as: writtenAs(leaves[leaf]!), leaf }, index, index + mark.length];
    }
  };
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function writes(plan: Plan, { value, timestamp }: KafkaRecord, leaves: readonly Leaf[], expected: LogRecord): boolean {
  const spans = leaves.flatMap(({ start, end }) => [start, end]);
  const read = readByPlan(plan, value!, spans, timestamp);
  if (!read) return false;
  const text = new TextBody();
  read.spliced.write(text);
  return text.toString() === JSON.stringify(expected) && scoresAlike(read.record, expected);
}

function scoresAlike(one: ScoredFields, other: ScoredFields): boolean {
  const hasCode = ({ error_code }: ScoredFields) => error_code !== undefined;
  return (
    one.level === other.level &&
    one.status_code === other.status_code &&
    one.response_time_ms === other.response_time_ms &&
    hasCode(one) === hasCode(other)
  );
}
