import { accessJson } from './access-json';
import { accessLog } from './access-log';
import { containerFormat, criFormat } from './container';
import type { Draft } from './draft';
import { ecs } from './ecs';
import { isObject } from './fields';
import { hasAny, type JsonFormat, type TextFormat } from './format';
import { gelf } from './gelf';
import { journald } from './journald';
import { jsonLog, LEVEL_NAMES, MESSAGE_NAMES, winston } from './json-log';
import { log4j } from './log4j';
import { logfmt } from './logfmt';
import { otlp } from './otlp';
import { bunyan, pino } from './pino';
import { plainText } from './plain-text';
import { syslog } from './syslog';

/** JSON object of a line, undefined when it is none that can be taken. */
export type ParseLine = (line: string) => Record<string, unknown> | undefined;

/** Our own format where it stands inside a container's line. */
export const OWN_FORMAT: JsonFormat = {
  ...jsonLog,
  name: 'sluice',
  marks: '`service`, unless level or message stand under a name that only others give them',
  recognise: isOwn,
};
/** The first that recognises a record decodes it: those with the surest marks stand first. */
export const JSON_FORMATS: JsonFormat[] = [otlp, bunyan, pino, gelf, journald, accessJson, ecs, winston, jsonLog];
const TEXT_FORMATS: TextFormat[] = [syslog, accessLog, logfmt, log4j, plainText];
/** Names of the formats that are no JSON. */
export const TEXT_FORMAT_NAMES: ReadonlySet<string> = new Set(['cri', ...TEXT_FORMATS.map(({ name }) => name)]);
/** Lines within lines. */
const MAX_LINES = 2;

/** The formats that a topic's records are looked at for. Our own is always taken. */
export interface FormatSet {
  json: JsonFormat[];
  /** Empty where text is no log. */
  text: TextFormat[];
}

/** @param names of names.ts; `auto` is every JSON format, `text` every text format with plain text last */
export function chooseFormats(names: readonly string[], parseLine: ParseLine): FormatSet {
  const wanted = new Set(names);
  const decodeLine = lineDecoder(parseLine);
  const container = containerFormat(decodeLine);
  const texts = [criFormat(decodeLine, MAX_LINES), ...TEXT_FORMATS];
  return {
    json: [container, ...JSON_FORMATS].filter(({ name }) => wanted.has('auto') || wanted.has(name)),
    text: texts.filter(({ name }) => wanted.has('text') || wanted.has(name)),
  };
}

/**
 * True for our own format: an object with a `service`, unless its level or its message stand under a name that only
 * others give them. Such a record is held to our own rules, and refused where it breaks them.
 */
export function isOwn(input: Record<string, unknown>): boolean {
  if (!Object.hasOwn(input, 'service')) return false;
  if (isObject(input['service']) && Object.hasOwn(input, '@timestamp')) return false;
  if (!Object.hasOwn(input, 'level') && hasAny(input, OTHER_LEVELS)) return false;
  return Object.hasOwn(input, 'message') || !hasAny(input, OTHER_MESSAGES);
}
const OTHER_LEVELS = [...LEVEL_NAMES, 'log', '@timestamp'].filter((name) => name !== 'level');
const OTHER_MESSAGES = [...MESSAGE_NAMES, 'short_message', 'log'].filter((name) => name !== 'message');

/** A line inside a record may be of any format, text and plain text too. */
function lineDecoder(parseLine: ParseLine) {
  const json = [OWN_FORMAT, containerFormat(decodeLine), ...JSON_FORMATS];
  const texts = [criFormat(decodeLine, MAX_LINES), ...TEXT_FORMATS];
  function decodeLine(line: string, draft: Draft, depth: number): boolean {
    const input = line.startsWith('{') ? parseLine(line) : undefined;
    const format = input && json.find((one) => one.recognise(input));
    if (input && format && depth < MAX_LINES) {
      draft.format = format.name;
      if (format.decode(input, draft, depth + 1) === undefined) return true;
    }
    return decodeText(line, draft, texts, depth);
  }
  return decodeLine;
}

/** Decodes a text by the first format that knows it; false when none does. */
export function decodeText(text: string, draft: Draft, formats: readonly TextFormat[], depth = 0): boolean {
  const before = draft.format;
  for (const format of formats) {
    draft.format = format.name;
    if (format.decode(text, draft, depth)) return true;
  }
  draft.format = before;
  return false;
}
