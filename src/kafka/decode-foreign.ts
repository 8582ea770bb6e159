import type { IndexableRecord, KafkaRecord } from '../domain/record';
import { takeHeaders } from '../formats/correlation';
import { Draft } from '../formats/draft';
import { markNumbers } from '../formats/exact-numbers';
import { isObject } from '../formats/fields';
import type { JsonFormat, TextFormat } from '../formats/format';
import { decodeText } from '../formats/formats';
import { checkJson, reject, type Refused } from './check-json';
import { isExact, tokensOf } from './json-text';

type Foreign = ({ kind: 'record' } & Exclude<IndexableRecord, { verbatim: true }>) | Refused;
type Source = Pick<KafkaRecord, 'timestamp' | 'headers'>;

/** Decodes a JSON object of a format that was recognised. The limits of our own records hold for it too. */
export function decodeForeignJson(
  text: string,
  input: Record<string, unknown>,
  format: JsonFormat,
  source: Source,
): Foreign {
  const survey = checkJson(text, input, 0);
  if ('rejection' in survey) return survey;
  const marked = survey.inexact ? markNumbers(text, input, inexactNumbers(text)) : undefined;
  const draft = new Draft(format.name, source.timestamp);
  const problem = format.decode(marked ? (marked.value as Record<string, unknown>) : input, draft, 0);
  if (problem) return reject(problem.code, problem.field, problem.detail);
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
