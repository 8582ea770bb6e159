import type { LogHit } from './ports';

/**
 * A log cut down to the parts at some paths, as Elasticsearch cuts documents down for `fields`: what lies below a path
 * belongs to it, names may have dots, and nothing is left of what holds none of the paths. The id and the index stay.
 */
export function selectFields(log: LogHit, paths: readonly string[]): LogHit {
  return { ...cut(log, paths, ''), id: log.id, index: log.index };
}

function cut(from: object, paths: readonly string[], prefix: string): Record<string, unknown> {
  const kept = Object.entries(from).flatMap(([name, value]): [string, unknown][] => {
    const path = `${prefix}${name}`;
    if (paths.some((wanted) => path === wanted || path.startsWith(`${wanted}.`))) return [[name, value]];
    if (!paths.some((wanted) => wanted.startsWith(`${path}.`))) return [];
    const part = cutValue(value, paths, `${path}.`);
    return part === undefined ? [] : [[name, part]];
  });
  // No name of a document, whatever it is, becomes more than a name.
  return Object.fromEntries(kept);
}

function cutValue(value: unknown, paths: readonly string[], prefix: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const parts = value.map((one) => cutValue(one, paths, prefix)).filter((part) => part !== undefined);
    return parts.length > 0 ? parts : undefined;
  }
  const part = cut(value, paths, prefix);
  return Object.keys(part).length > 0 ? part : undefined;
}
