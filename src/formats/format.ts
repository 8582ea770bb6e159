import type { Draft } from './draft';
import type { FieldTable } from './fields';

/** One way in which services write JSON logs. */
export interface JsonFormat {
  name: string;
  /** What it is recognised by, in words: `sluice explain` says it. */
  marks: string;
  /** By the presence of keys: cheap, and asked of every JSON object that is not ours. */
  recognise: (input: Record<string, unknown>) => boolean;
  /** Fills the draft, attributes too. @returns a rejection where the format can tell that it must not be taken */
  decode: (input: Record<string, unknown>, draft: Draft, depth: number) => FormatProblem | undefined;
  /** Of formats that are no more than a table: what {@link readBack} goes by. */
  table?: FieldTable;
}

/** Why a record of a recognised format is not taken. */
export interface FormatProblem {
  code: 'invalid_field';
  field: string;
  detail: string;
}

/** One way in which services write lines of text. */
export interface TextFormat {
  name: string;
  /** What it is recognised by, in words. */
  marks: string;
  /** @returns false when the line is not of this format; the draft is then as it was. `depth` counts the lines that it stands in */
  decode: (line: string, draft: Draft, depth: number) => boolean;
}

/** True when one of the keys is there, whatever it holds. */
export function hasAny(input: object, keys: readonly string[]): boolean {
  for (const key of keys) if (Object.hasOwn(input, key)) return true;
  return false;
}
