import type { estypes } from '@elastic/elasticsearch';
import type { LogFilter, LogSort } from '../api/logs/ports';
import type { Bounds, Expression } from '../api/query/expression';

/** The client's own type admits undefined, which a request does not. */
export type Query = NonNullable<estypes.QueryDslQueryContainer>;
type Sort = estypes.SortCombinations[];

/** The query of a filter: exact conditions as cached filters, and no score, since results are sorted by their fields. */
export function toQuery({ where, fromMs, toMs }: LogFilter): Query {
  const conditions: Query[] = [];
  if (fromMs !== undefined || toMs !== undefined) {
    const bounds = { ...(fromMs === undefined ? {} : { gte: fromMs }), ...(toMs === undefined ? {} : { lt: toMs }) };
    conditions.push(range('@timestamp', bounds));
  }
  // The parts of an outermost AND are filters of their own, so that each can be cached.
  for (const part of where.kind === 'and' ? where.parts : [where]) {
    if (part.kind !== 'all') conditions.push(toCondition(part));
  }
  return conditions.length === 0 ? { match_all: {} } : { bool: { filter: conditions } };
}

/**
 * All that a condition can become. Not among it, and so out of reach of any query: scripts, query_string, wildcards,
 * regular expressions, fuzziness, scores.
 */
export function toCondition(condition: Expression): Query {
  switch (condition.kind) {
    case 'all':
      return { match_all: {} };
    case 'and':
      return { bool: { filter: condition.parts.map(toCondition) } };
    case 'or':
      return { bool: { should: condition.parts.map(toCondition), minimum_should_match: 1 } };
    case 'not':
      return { bool: { must_not: [toCondition(condition.part)] } };
    case 'words':
      return { match_phrase: { [condition.field ?? 'message']: { query: condition.text } } };
    case 'word-prefix':
      return { prefix: { [condition.field ?? 'message']: { value: condition.prefix } } };
    case 'equals':
      return equals(condition.field, condition.values);
    case 'prefix':
      return { prefix: { [condition.field]: { value: condition.prefix } } };
    case 'range':
      return range(condition.field, condition);
    case 'exists':
      return { exists: { field: condition.field } };
  }
}

/** Fields that are true, or not there at all. */
const TRUE_ONLY = new Set(['edited', 'event.time_suspect']);

function equals(field: string, values: readonly (string | number | boolean)[]): Query {
  if (TRUE_ONLY.has(field) && values.includes(false)) {
    return values.includes(true) ? { match_all: {} } : { bool: { must_not: [{ term: { [field]: true } }] } };
  }
  return { terms: { [field]: [...values] } };
}

const ENDS = ['gte', 'gt', 'lte', 'lt'] as const;

function range(field: string, bounds: Bounds): Query {
  const ends = Object.fromEntries(ENDS.filter((end) => bounds[end] !== undefined).map((end) => [end, bounds[end]]));
  const isTime = field === '@timestamp' || field === 'kafka.timestamp';
  return { range: { [field]: { ...ends, ...(isTime ? { format: 'epoch_millis' } : {}) } } };
}

/** Every 5xx by itself: a list of numbers is looked up once, where a range is held against each record's number. */
const SERVER_ERRORS = Array.from({ length: 100 }, (_, above) => 500 + above);
/** A record that counts as an error in figures. */
export const ERROR_QUERY: Query = {
  bool: {
    should: [{ terms: { level: ['error', 'fatal'] } }, { terms: { status_code: SERVER_ERRORS } }],
    minimum_should_match: 1,
  },
};

/**
 * Newest first. Equal times are told apart by where the record stands in Kafka, which no two records share: `_id` has no
 * doc values to sort by. The first generation goes without saying, and so does that a message holds no more than one log.
 */
const NEWEST_FIRST: Sort = [
  { '@timestamp': { order: 'desc', unmapped_type: 'date' } },
  { 'kafka.partition': { order: 'asc', unmapped_type: 'integer' } },
  { 'kafka.offset': { order: 'desc', unmapped_type: 'long' } },
  { 'kafka.generation': { order: 'desc', unmapped_type: 'short', missing: 1 } },
  { 'kafka.part': { order: 'desc', unmapped_type: 'short', missing: 0 } },
];

const OLDEST_FIRST: Sort = [
  { '@timestamp': { order: 'asc', unmapped_type: 'date' } },
  { 'kafka.partition': { order: 'asc', unmapped_type: 'integer' } },
  { 'kafka.offset': { order: 'asc', unmapped_type: 'long' } },
  { 'kafka.generation': { order: 'asc', unmapped_type: 'short', missing: 1 } },
  { 'kafka.part': { order: 'asc', unmapped_type: 'short', missing: 0 } },
];

const SORTED = {
  score: { field: 'anomaly.score', unmapped_type: 'short' },
  response_time_ms: { field: 'response_time_ms', unmapped_type: 'double' },
  status_code: { field: 'status_code', unmapped_type: 'integer' },
} as const;

/** Sort values come back as plain numbers for records without the field, which `_last` would not: it gives infinities. */
const LAST = { asc: 2 ** 31 - 1, desc: -1 };

/** A total order: no two records are equal in it. Records without the field come last. */
export function toSort({ by, descending }: LogSort): Sort {
  if (by === 'time') return descending ? NEWEST_FIRST : OLDEST_FIRST;
  const order = descending ? 'desc' : 'asc';
  const { field, unmapped_type } = SORTED[by];
  // A score is always there, and its type is too short for the substitute.
  const missing = by === 'score' ? {} : { missing: LAST[order] };
  return [{ [field]: { order, unmapped_type, ...missing } }, ...NEWEST_FIRST];
}
