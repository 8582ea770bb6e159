import { JSON_FORMATS, OWN_FORMAT } from '../../src/formats/formats';

/** A value by its dotted path, both as text. Names with dots and nested names have the same path. */
export type Leaf = string;

/** Every leaf of a JSON value: what is no object or an empty one. */
export function leavesOf(value: unknown, path = ''): Leaf[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`));
  }
  return [`${path} = ${JSON.stringify(value)}`];
}

/**
 * What a document of a JSON format tells of the record that it was made of: its attributes, what it keeps as it came, and
 * each field of the document under the name that the format has for it. It may tell a field under two names, never under none.
 */
export function readBack(document: Record<string, unknown>): Set<Leaf> {
  // Of a line inside a container it is the line's own format.
  const format = (document['event'] as { format: string }).format.split('/').at(-1);
  const rules = [OWN_FORMAT, ...JSON_FORMATS].find(({ name }) => name === format)!.table!.rules;
  const asItCame = (document['event'] as { fields?: object }).fields;
  const found = new Set(
    [document['attributes'], asItCame].flatMap((some) => (some === undefined ? [] : leavesOf(some))),
  );
  for (const [path, { to }] of rules) {
    const value = to
      ?.split('.')
      .reduce<unknown>((inside, name) => (inside as Record<string, unknown>)?.[name], document);
    if (value !== undefined) found.add(`${path} = ${JSON.stringify(value)}`);
  }
  return found;
}
