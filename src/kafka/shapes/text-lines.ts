import type { NumberReading, Reading } from '../../formats/fields';
import { contextTable, jsonLog } from '../../formats/json-log';
import { byRule, ruleAt, type Classified } from './classify';
import { characters, type Guard } from './guards';
import type { Leaf } from './leaves';
import { rivalsOf, type LeafClass } from './rivals';
import type { End } from './scan';

/**
 * Takes lines that are no JSON apart into what differs from line to line, by their usual forms. Whether a form was understood
 * is found out by parsing; what is not of it is parsed each time.
 */
export type TakeApart = (line: string) => ({ leaves: Leaf[] } & Classified) | undefined;

/** Gathers the values of one line. */
class Values {
  readonly leaves: Leaf[] = [];
  readonly classes: LeafClass[] = [];

  constructor(private readonly line: string) {}

  add([start, end]: [number, number], by: End, classify: Guard | ((leaf: Leaf) => LeafClass | undefined)): boolean {
    const leaf: Leaf = { path: [], kind: 'text', by, start, end, raw: this.line.slice(start, end) };
    const one = typeof classify === 'function' ? classify(leaf) : { guard: classify };
    if (!one) return false;
    this.leaves.push(leaf);
    this.classes.push(one);
    return true;
  }

  /** @returns undefined where two of them cannot stand beside each other */
  finish(): ReturnType<TakeApart> {
    const { leaves, classes } = this;
    const rivals = rivalsOf(leaves, classes);
    return rivals && { leaves, classes, rivals };
  }

  /** One that may be missing, which a dash says: then it is part of the shape. */
  addUnlessDash(place: [number, number], by: End, guard: Guard): void {
    if (this.line.slice(...place) !== '-') this.add(place, by, guard);
  }
}

const TIME: Reading = { as: 'time', fills: '@timestamp' };
const time = (leaf: Leaf) => byRule(leaf, { reading: TIME });
const MESSAGE: Guard = { is: 'message' };

const PAIR = /([\w.@/-]{1,128})=(?:"([^"\\]*)"|([^\s"\\]+))(?: |$)/dy;

const logfmt: TakeApart = (line) => {
  const values = new Values(line);
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < line.length) {
    const found = PAIR.exec(line);
    if (!found) return undefined;
    const [, , quoted, bare] = found.indices!;
    const rule = ruleAt(jsonLog.table!, [found[1]!]);
    if (!values.add((quoted ?? bare)!, quoted ? 'line_quote' : 'blank', (leaf) => byRule(leaf, rule))) return undefined;
  }
  return values.finish();
};

const HEAD = /^<\d{1,3}>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (?=[-[])/d;
const ELEMENT = /\[([^\s=\]"]{1,128})/dy;
const PARAMETER = / ([^\s=\]"]{1,128})="([^"\\\]]*)"/dy;
const PID: NumberReading = { least: 0, most: 9_999_999_999, whole: true, per: 1 };

const BSD_TIME = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d$/;
/** Only with a tag. */
const BSD_HEAD =
  /^(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ([\w.:-]{1,255}) ([^\s:[\]"\\]{1,128})(?:\[([^\]"\\]{0,64})\])?: (.*)$/d;
const HOST = characters(/[\w.:-]/);

/** Syslog after RFC 3164. */
function ofRfc3164(line: string): ReturnType<TakeApart> {
  const head = BSD_HEAD.exec(line);
  if (!head) return undefined;
  const values = new Values(line);
  const [, at, host, tag, pid, message] = head.indices!;
  values.add(at!, 'bsd_time', () => ({ guard: { is: 'time', kind: 'text', form: BSD_TIME }, reading: TIME }));
  values.addUnlessDash(host!, 'blank', { is: 'word', most: 255, of: HOST });
  values.addUnlessDash(tag!, 'tag', { is: 'word', most: 128 });
  if (pid && !/^\d{1,10}$/.test(head[4]!)) return undefined;
  if (pid) values.add(pid, 'bracket', { is: 'number', bounds: PID });
  values.add(message!, 'line', MESSAGE);
  return values.finish();
}

const syslog: TakeApart = (line) => {
  const head = HEAD.exec(line);
  if (!head) return ofRfc3164(line);
  const values = new Values(line);
  const [, at, host, app, pid, id] = head.indices!;
  if (head[1] !== '-' && !values.add(at!, 'blank', time)) return undefined;
  values.addUnlessDash(host!, 'blank', { is: 'word', most: 255 });
  values.addUnlessDash(app!, 'blank', { is: 'word', most: 48 });
  if (/^\d{1,10}$/.test(head[4]!)) values.add(pid!, 'blank', { is: 'number', bounds: PID });
  values.addUnlessDash(id!, 'blank', { is: 'word', most: 32 });
  const end = addElements(values, line, head[0].length);
  if (end === undefined || (end < line.length && line[end] !== ' ')) return undefined;
  if (end < line.length) values.add([end + 1, line.length], 'line', MESSAGE);
  return values.finish();
};

/** @returns where the structured data ends */
function addElements(values: Values, line: string, from: number): number | undefined {
  if (line[from] === '-') return from + 1;
  let at = from;
  while (line[at] === '[') {
    ELEMENT.lastIndex = at;
    const element = ELEMENT.exec(line);
    if (!element) return undefined;
    at = ELEMENT.lastIndex;
    for (;;) {
      PARAMETER.lastIndex = at;
      const found = PARAMETER.exec(line);
      if (!found) break;
      const rule = element[1]!.includes('@') ? ruleAt(contextTable, [found[1]!]) : undefined;
      if (!values.add(found.indices![2]!, 'parameter', (leaf) => byRule(leaf, rule))) return undefined;
      at = PARAMETER.lastIndex;
    }
    if (line[at] !== ']') return undefined;
    at += 1;
  }
  return at;
}

const ACCESS =
  /^([\w.:-]{1,255}) - (\S{1,128}) \[([^\]\n]{1,40})\] "[A-Z]{3,20} (\/\S*) HTTP\/[\d.]+" ([1-5]\d\d) (\d{1,15}|-)(?: "([^"\\]*)" "([^"\\]*)")?$/d;
const CLIENT = characters(/[\w.:-]/);
const USER = characters(/[^\s:[\]]/);
const BYTES: NumberReading = { least: 0, most: 999_999_999_999_999, whole: true, per: 1 };

const accessLog: TakeApart = (line) => {
  const found = ACCESS.exec(line);
  if (!found) return undefined;
  const values = new Values(line);
  const [, client, user, at, url, status, size, referrer, agent] = found.indices!;
  values.add(client!, 'blank', { is: 'word', most: 255, of: CLIENT });
  values.addUnlessDash(user!, 'blank', { is: 'word', most: 128, of: USER });
  values.add(at!, 'bracket', time);
  values.add(url!, 'blank', { is: 'url', query: found[4]!.includes('?') });
  const bounds = { ...statusLike(Number(found[5])), whole: true, per: 1 };
  values.add(status!, 'blank', () => {
    return { guard: { is: 'number', bounds }, reading: { as: 'number', fills: 'status_code', ...bounds } };
  });
  values.addUnlessDash(size!, 'blank', { is: 'number', bounds: BYTES });
  for (const quoted of [referrer, agent]) {
    if (quoted) values.addUnlessDash(quoted, 'line_quote', { is: 'word', most: Infinity });
  }
  return values.finish();
};

/** The level of a request is that of all whose status is like its own. */
function statusLike(status: number): Pick<NumberReading, 'least' | 'most'> {
  if (status >= 500) return { least: 500, most: 599 };
  return status >= 400 ? { least: 400, most: 499 } : { least: 100, most: 399 };
}

const LEVEL = '(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE|FINE|FINER|FINEST)';
/** What logback and log4j have between time and message; a time with a blank in it, so that no line is one of syslog's. */
const LOG4J = new RegExp(
  String.raw`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?) (?:\[([^\]\n]{1,128})\] ${LEVEL}|${LEVEL}(?: {1,2}\[([^\]\n]{1,128})\])?) {1,2}([\w.$-]{1,128}) - (.*)$`,
  'd',
);
const LOG4J_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?$/;
const LOGGER = characters(/[\w.$-]/);

const log4j: TakeApart = (line) => {
  const found = LOG4J.exec(line);
  if (!found) return undefined;
  const values = new Values(line);
  const [, at, before, behind, logger, message] = found.indices!;
  values.add(at!, 'second_blank', () => ({ guard: { is: 'time', kind: 'text', form: LOG4J_TIME }, reading: TIME }));
  const thread = before ?? behind;
  if (thread) values.add(thread, 'bracket', { is: 'word', most: 128 });
  values.add(logger!, 'blank', { is: 'word', most: 128, of: LOGGER });
  values.add(message!, 'line', MESSAGE);
  return values.finish();
};

/** By the name of the format. */
export const TEXT_LINES: ReadonlyMap<string, TakeApart> = new Map(
  Object.entries({ logfmt, syslog, access_log: accessLog, log4j }),
);
