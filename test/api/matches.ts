import type { Expression } from '../../src/api/query/expression';
import type { StoredLog } from './generated-logs';

/** Whether a log is what an expression asks for: the meaning of the language, written as plainly as possible. */
export function matches(log: StoredLog, expression: Expression): boolean {
  switch (expression.kind) {
    case 'all':
      return true;
    case 'and':
      return expression.parts.every((part) => matches(log, part));
    case 'or':
      return expression.parts.some((part) => matches(log, part));
    case 'not':
      return !matches(log, expression.part);
    case 'words': {
      const wanted = wordsOf(expression.text);
      const words = valuesOf(log, expression.field ?? 'message').flatMap((text) => wordsOf(String(text)));
      if (wanted.length === 0) return false;
      return words.some((_, start) => wanted.every((word, index) => words[start + index] === word));
    }
    case 'word-prefix':
      return valuesOf(log, expression.field ?? 'message').some((text) =>
        wordsOf(String(text)).some((word) => word.startsWith(expression.prefix)),
      );
    case 'equals': {
      const values = valuesOf(log, expression.field);
      if (['edited', 'event.time_suspect'].includes(expression.field) && values.length === 0)
        return expression.values.includes(false);
      return values.some((value) => expression.values.some((wanted) => String(wanted) === String(value)));
    }
    case 'prefix':
      return valuesOf(log, expression.field).some((value) => String(value).startsWith(expression.prefix));
    case 'range':
      return valuesOf(log, expression.field).some((value) => inRange(toNumber(value), expression));
    case 'exists':
      return valuesOf(log, expression.field).length > 0;
  }
}

function inRange(value: number, { gte = -Infinity, gt = -Infinity, lte = Infinity, lt = Infinity }) {
  return value >= gte && value > gt && value <= lte && value < lt;
}

function toNumber(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : Number(value);
}

/** As the standard analyzer takes text of letters, digits and blanks apart. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

/** All values at a path, through lists; none where it leads nowhere. */
export function valuesOf(log: StoredLog, path: string): unknown[] {
  const walk = (value: unknown, names: string[]): unknown[] => {
    if (Array.isArray(value)) return value.flatMap((one) => walk(one, names));
    if (value === undefined || value === null) return [];
    const [name, ...rest] = names;
    if (name === undefined) return [value];
    return typeof value === 'object' ? walk((value as Record<string, unknown>)[name], rest) : [];
  };
  return walk(log, path.split('.'));
}
