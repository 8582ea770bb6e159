import type { z } from 'zod';
import { Problem, type ProblemPart } from './problem';

const SHOWN_NAME_LENGTH = 100;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/; // eslint-disable-line no-control-regex

/**
 * Reads a query string by a schema that names every parameter.
 *
 * @param others that may be given, and were read before
 * @throws Problem invalid_parameter that lists everything wrong at once: unknown, repeated and bad parameters
 */
export function parseQuery<S extends z.ZodObject>(
  schema: S,
  querystring: string,
  others: readonly string[] = [],
): z.output<S> {
  const allowed = Object.keys(schema.shape);
  const values = new Map<string, string>();
  const parts: ProblemPart[] = [];
  for (const [name, value] of new URLSearchParams(querystring)) {
    const parameter = name.slice(0, SHOWN_NAME_LENGTH);
    if (!allowed.includes(name)) parts.push({ parameter, detail: unknownParameter([...allowed, ...others]) });
    else if (values.has(name))
      parts.push({ parameter, detail: 'must be given once; separate several values by commas' });
    else if (CONTROL.test(value)) parts.push({ parameter, detail: 'must not hold control characters' });
    else values.set(name, value);
  }
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const parameter = String(issue.path[0]);
      // The first mistake of a parameter says it; the next ones follow from it.
      if (parts.some((part) => part.parameter === parameter)) continue;
      const position = issue.code === 'custom' ? (issue.params?.['position'] as number | undefined) : undefined;
      parts.push({ parameter, ...(position === undefined ? {} : { position }), detail: issue.message });
    }
  }
  if (parts.length > 0 || !parsed.success) throw invalidParameters(parts);
  return parsed.data;
}

/** A problem whose detail reads well by itself; `errors` has the same by parameter. */
export function invalidParameters(parts: ProblemPart[]): Problem {
  const detail = parts.map((part) => `${part.parameter}: ${part.detail}`).join('; ');
  return new Problem('invalid_parameter', detail, parts);
}

function unknownParameter(allowed: string[]): string {
  return allowed.length === 0
    ? 'unknown parameter; none is allowed here'
    : `unknown parameter; allowed: ${allowed.join(', ')}`;
}

/**
 * Checks a decoded JSON body.
 *
 * @throws Problem invalid_body with a JSON pointer for each mistake
 */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const parts = parsed.error.issues.map(({ path, message }) => ({
    pointer: path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: message,
  }));
  throw new Problem(
    'invalid_body',
    parts.map(({ pointer, detail }) => `${pointer || 'body'}: ${detail}`).join('; '),
    parts,
  );
}
