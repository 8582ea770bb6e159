/**
 * What a record must be like: the language and the parameters of the log routes both end here, and nothing else reaches
 * the search. Plain JSON, so that it can be compared and hashed.
 *
 * `field` is the path of a mapped field of the document, or `attributes.` and the path of an attribute.
 */
export type Expression =
  | { kind: 'all' }
  | { kind: 'and'; parts: readonly Expression[] }
  | { kind: 'or'; parts: readonly Expression[] }
  | { kind: 'not'; part: Expression }
  /** A text has these words, next to each other and in this order; the message, unless another field is named. */
  | { kind: 'words'; text: string; field?: string }
  /** A text has a word that begins so; lower case. */
  | { kind: 'word-prefix'; prefix: string; field?: string }
  /** Any of the values. */
  | { kind: 'equals'; field: string; values: readonly (string | number | boolean)[] }
  | { kind: 'prefix'; field: string; prefix: string }
  /** Times are milliseconds since the epoch. */
  | ({ kind: 'range'; field: string } & Bounds)
  | { kind: 'exists'; field: string };

/** Ends of a range; absent ones are open. */
export interface Bounds {
  gte?: number;
  gt?: number;
  lte?: number;
  lt?: number;
}

/** All of the parts; everything when there is none. */
export function allOf(parts: readonly Expression[]): Expression {
  const needed = parts.filter(({ kind }) => kind !== 'all');
  if (needed.length === 0) return { kind: 'all' };
  return needed.length === 1 ? needed[0]! : { kind: 'and', parts: needed };
}

/** Any of the parts, of which there is at least one; values of one field are put together. */
export function anyOf(parts: readonly Expression[]): Expression {
  const values = new Map<string, Extract<Expression, { kind: 'equals' }>>();
  const others: Expression[] = [];
  for (const part of parts) {
    if (part.kind !== 'equals') {
      others.push(part);
      continue;
    }
    const known = values.get(part.field)?.values ?? [];
    values.set(part.field, { ...part, values: [...known, ...part.values] });
  }
  const choices = [...values.values(), ...others];
  return choices.length === 1 ? choices[0]! : { kind: 'or', parts: choices };
}

export function noneOf(part: Expression): Expression {
  return { kind: 'not', part };
}
