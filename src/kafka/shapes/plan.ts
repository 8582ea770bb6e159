import {
  LEVELS,
  type DocumentBody,
  type Level,
  type ScoredFields,
  type SplicedDocument,
  type SplicedRecord,
} from '../../domain/record';
import { check, type Guard } from './guards';

/** How a document is made of the values of a record: pieces that are always the same, and what stands between them. */
export interface Plan {
  /** One for each value of the shape, in their order. */
  guards: readonly Guard[];
  /** Pairs of values that must not be equal. */
  rivals: readonly (readonly [number, number])[];
  /** One more than parts. */
  pieces: readonly Buffer[];
  parts: readonly Part[];
  /** The level of a record whose values tell none. */
  otherLevel: Level;
  /** Which values scoring looks at; undefined where the shape has none. */
  level: number | undefined;
  statusCode: number | undefined;
  responseTime: number | undefined;
  errorCode: number | undefined;
  /** Bytes of the pieces, and room for the parts that are no bytes of the record. */
  room: number;
}

/** A part of a document that differs from record to record. */
export type Part =
  /**
   * A value as it is written, without the backslashes that JSON around it has added, with those that JSON adds, up to its
   * query, or only that.
   */
  | { as: 'raw' | 'unescaped' | 'escaped' | 'path' | 'query'; leaf: number }
  /** A number, a time or a level that the value was found to be. */
  | { as: 'number' | 'time' | 'level'; leaf: number }
  | { as: 'kafka_time' };

/** Most bytes of a part that is no value as it is written. */
const MAX_FOUND_BYTES = 40;

/**
 * Reads a record by a plan.
 *
 * @param spans of every value of the shape where it begins and ends in `bytes`
 * @param kafkaTime of the record, in ms
 * @returns undefined when one of the values is not such as the plan is for
 */
export function readByPlan(
  plan: Plan,
  bytes: Buffer,
  spans: readonly number[],
  kafkaTime: number,
): ({ kind: 'record' } & SplicedRecord) | undefined {
  const { guards } = plan;
  const found: number[] = [];
  for (let leaf = 0; leaf < guards.length; leaf += 1) {
    const value = check(guards[leaf]!, bytes, spans[leaf * 2]!, spans[leaf * 2 + 1]!, kafkaTime);
    if (Number.isNaN(value)) return undefined;
    found.push(value);
  }
  for (const [one, other] of plan.rivals) if (areEqual(bytes, spans, one, other)) return undefined;
  const { level, statusCode, responseTime, errorCode } = plan;
  const record: ScoredFields = {
    level: level === undefined ? plan.otherLevel : LEVELS[found[level]!]!,
    status_code: statusCode === undefined ? undefined : found[statusCode],
    response_time_ms: responseTime === undefined ? undefined : found[responseTime],
    error_code:
      errorCode === undefined ? undefined : bytes.toString('latin1', spans[errorCode * 2], spans[errorCode * 2 + 1]),
  };
  return {
    kind: 'record',
    verbatim: false,
    record,
    spliced: new PlannedDocument(plan, bytes, spans, found, kafkaTime),
  };
}

function areEqual(bytes: Buffer, spans: readonly number[], one: number, other: number): boolean {
  const start = spans[one * 2]!;
  const length = spans[one * 2 + 1]! - start;
  const from = spans[other * 2]!;
  if (spans[other * 2 + 1]! - from !== length) return false;
  for (let at = 0; at < length; at += 1) if (bytes[start + at] !== bytes[from + at]) return false;
  return true;
}

class PlannedDocument implements SplicedDocument {
  constructor(
    private readonly plan: Plan,
    private readonly value: Buffer,
    private readonly spans: readonly number[],
    private readonly found: readonly number[],
    private readonly kafkaTime: number,
  ) {}

  write(body: DocumentBody): void {
    const { plan, value, spans, found } = this;
    const { pieces, parts } = plan;
    body.reserve(plan.room + this.#copied());
    for (let at = 0; at < parts.length; at += 1) {
      body.bytes(pieces[at]!);
      const part = parts[at]!;
      if (part.as === 'kafka_time') {
        body.time(this.kafkaTime);
        continue;
      }
      const { leaf } = part;
      const start = spans[leaf * 2]!;
      const end = spans[leaf * 2 + 1]!;
      if (part.as === 'raw') body.part(value, start, end);
      else if (part.as === 'unescaped') body.unescaped(value, start, end);
      else if (part.as === 'escaped') body.escaped(value, start, end);
      else if (part.as === 'number') body.number(found[leaf]!);
      else if (part.as === 'time') body.time(found[leaf]!);
      else if (part.as === 'level') body.ascii(LEVELS[found[leaf]!]!);
      else if (part.as === 'path') body.part(value, start, found[leaf]!);
      else body.part(value, found[leaf]! + 1, end);
    }
    body.bytes(pieces[parts.length]!);
  }

  /** The most bytes that the document has of the record. */
  #copied(): number {
    const { plan, spans } = this;
    let bytes = 0;
    for (const part of plan.parts) {
      if (part.as === 'kafka_time') continue;
      const length = spans[part.leaf * 2 + 1]! - spans[part.leaf * 2]!;
      bytes += part.as === 'escaped' ? length * 2 : length;
    }
    return bytes;
  }
}

/** The room that pieces and parts of a plan take, but for what is copied. */
export function roomOf(pieces: readonly Buffer[], parts: readonly Part[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0) + parts.length * MAX_FOUND_BYTES;
}
