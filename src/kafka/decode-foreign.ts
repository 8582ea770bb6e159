import type { KafkaRecord, ParsedRecord, SeveralRecords } from '../domain/record';
import { takeHeaders } from '../formats/correlation';
import { Draft } from '../formats/draft';
import { markNumbers } from '../formats/exact-numbers';
import { isObject } from '../formats/fields';
import type { JsonFormat, TextFormat } from '../formats/format';
import { decodeText } from '../formats/formats';
import { checkJson, reject, type Refused } from './check-json';
import { isoTime } from './iso-time';
import { isExact, tokensOf } from './json-text';
import { countToSplit, splitRequest } from './split-otlp';

type Foreign = ({ kind: 'record' } & ParsedRecord) | Refused;
type Source = Pick<KafkaRecord, 'timestamp' | 'headers'>;

/** Kafka's time is the producer's where the topic says so: nanoseconds, for example, are none. */
const NO_TIME = reject('invalid_field', 'timestamp', "it has no time, and Kafka's is none of the years 1 to 9999");

function hasTime({ time }: Draft, { timestamp }: Source): boolean {
  return time !== undefined || isoTime(timestamp) !== undefined;
}

/** Decodes a JSON object of a format that was recognised. The limits of our own records hold for it too. */
export function decodeForeignJson(
  text: string,
  input: Record<string, unknown>,
  format: JsonFormat,
  source: Source,
): Foreign | SeveralRecords {
  const count = format.name === 'otlp' ? countToSplit(input) : 0;
  return count > 0 ? decodeSeveral(text, count, format, source) : decodeOne(text, input, format, source);
}

/** Each log record of an export request becomes what it would have become alone; one that is refused leaves the others be. */
function decodeSeveral(text: string, count: number, format: JsonFormat, source: Source): Foreign | SeveralRecords {
  const texts = splitRequest(text, count);
  if (!Array.isArray(texts)) return texts;
  const decode = (one: string) => decodeOne(one, JSON.parse(one) as Record<string, unknown>, format, source);
  // Beside the only one stand resources or scopes that have none.
  return texts.length === 1 ? decode(texts[0]!) : { kind: 'several', parts: texts.map(decode) };
}

function decodeOne(text: string, input: Record<string, unknown>, format: JsonFormat, source: Source): Foreign {
  const survey = checkJson(text, input, 0);
  if ('rejection' in survey) return survey;
  const marked = survey.inexact ? markNumbers(text, input, inexactNumbers(text)) : undefined;
  const draft = new Draft(format.name, source.timestamp);
  const problem = format.decode(marked ? (marked.value as Record<string, unknown>) : input, draft, 0);
  if (problem) return reject(problem.code, problem.field, problem.detail);
  if (!hasTime(draft, source)) return NO_TIME;
  takeHeaders(draft, source.headers);
  const record = draft.finish();
  if (!marked) return { kind: 'record', record, verbatim: false };
  return { kind: 'record', record, verbatim: false, document: marked.restore(JSON.stringify(record)) };
}

/** Decodes what is no JSON object; undefined when no format of the topic takes it. */
export function decodeForeignText(text: string, formats: readonly TextFormat[], source: Source): Foreign | undefined {
  const draft = new Draft('', source.timestamp);
  const line = text.replace(/\r?\n$/, '');
  if (!decodeText(line, draft, formats)) return undefined;
  if (!hasTime(draft, source)) return NO_TIME;
  takeHeaders(draft, source.headers);
  return { kind: 'record', record: draft.finish(), verbatim: false };
}

/**
 * The object of a line inside a record. Numbers that would be altered become their digits as text.
 *
 * @returns undefined when it is no object, or breaks a limit: the line is then kept as text
 */
export function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    let input: unknown = JSON.parse(line);
    if (!isObject(input)) return undefined;
    const survey = checkJson(line, input, 0);
    if ('rejection' in survey) return undefined;
    if (survey.inexact) input = JSON.parse(withQuotes(line));
    return input as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function inexactNumbers(text: string): { start: number; end: number }[] {
  return [...tokensOf(text)].filter(
    ({ kind, start, end }) => kind === 'value' && /[-\d]/.test(text[start]!) && !isExact(text.slice(start, end)),
  );
}

function withQuotes(line: string): string {
  let quoted = '';
  let from = 0;
  for (const { start, end } of inexactNumbers(line)) {
    quoted += `${line.slice(from, start)}"${line.slice(start, end)}"`;
    from = end;
  }
  return quoted + line.slice(from);
}
