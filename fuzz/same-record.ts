import { canonical, ExactNumber, readJson, type Json } from './json-model';

/** Fields of a record that have a place of their own in the document; all others are attributes. */
const KNOWN = [
  'timestamp',
  'service',
  'level',
  'message',
  'request_id',
  'status_code',
  'user_id',
  'path',
  'method',
  'response_time_ms',
  'error_code',
  'tags',
];
/** Fields that the pipeline adds. */
const ADDED = ['@timestamp', 'anomaly', 'kafka', 'ingested_at', 'epoch', 'record_hash', 'attributes'];
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * What a document says otherwise than the record it was made of; undefined when it says the same. Allowed to differ by
 * name: the time, which is brought to UTC with milliseconds, other loggers' names of levels, and a user id that came as
 * a number and is text with the same digits. A known field that is null is absent.
 */
export function findDifference(value: string, document: Map<string, Json>): string | undefined {
  const source = readJson(value);
  if (!(source instanceof Map)) return 'the record is no object';
  if (document.has('event')) return findLost(source, document);
  const attributes = document.get('attributes') ?? new Map<string, Json>();
  if (!(attributes instanceof Map)) return 'attributes are no object';
  for (const name of document.keys()) {
    if (!ADDED.includes(name) && !source.has(name)) return `${name} came from nowhere`;
  }
  for (const name of attributes.keys()) {
    if (!source.has(name) || KNOWN.includes(name)) return `attribute ${name} came from nowhere`;
  }
  for (const [name, wanted] of source) {
    const found = KNOWN.includes(name) ? document.get(name) : attributes.get(name);
    if (!isSame(name, wanted, found, document)) return `${name} differs`;
  }
  return isTime(document.get('@timestamp')) ? undefined : 'no time';
}

/** Of another format than ours: a value that the document has neither where it stood, under attributes, nor in a field. */
function findLost(source: Map<string, Json>, document: Map<string, Json>): string | undefined {
  const fields = new Set<string>();
  for (const [name, value] of document) {
    if (name !== 'attributes') for (const [, leaf] of leavesOf(value)) fields.add(leaf);
  }
  const kept = new Set([...leavesOf(document.get('attributes') ?? null)].map(([path, leaf]) => `${path} ${leaf}`));
  for (const [path, leaf] of leavesOf(source)) {
    if (!fields.has(leaf) && !kept.has(`${path} ${leaf}`)) return `${path} is lost`;
  }
  return isTime(document.get('@timestamp')) ? undefined : 'no time';
}

/** What is no container, or an empty one, by its path; items of a list share the path of the list. */
function* leavesOf(value: Json, path = ''): Generator<[string, string]> {
  const inside: Iterable<[string, Json]> | undefined = Array.isArray(value)
    ? value.map((item): [string, Json] => [path, item])
    : value instanceof Map
      ? [...value].map(([name, item]): [string, Json] => [`${path}/${name}`, item])
      : undefined;
  const members = inside && [...inside];
  if (!members || members.length === 0) yield [path, canonical(value)];
  else for (const [at, item] of members) yield* leavesOf(item, at);
}

function isSame(name: string, wanted: Json, found: Json | undefined, document: Map<string, Json>): boolean {
  if (wanted === null && KNOWN.includes(name)) return found === undefined;
  if (name === 'timestamp') return found === undefined && isTime(document.get('@timestamp'));
  if (name === 'level' && found !== wanted) return LEVELS.includes(found as string);
  if (found === undefined) return false;
  if (name === 'user_id' && wanted instanceof ExactNumber && typeof found === 'string') {
    return canonical(readJson(found)) === canonical(wanted);
  }
  return canonical(found) === canonical(wanted);
}

function isTime(value: Json | undefined): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
}
