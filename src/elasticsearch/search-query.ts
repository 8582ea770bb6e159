import type { estypes } from '@elastic/elasticsearch';
import type { LogFilter } from '../api/ports';

/** The client's own type admits undefined, which a request does not. */
export type Query = NonNullable<estypes.QueryDslQueryContainer>;
type Sort = estypes.SortCombinations[];

/**
 * The syntax that full text may use. Not PREFIX, FUZZY or SLOP, whose cost depends on the words stored, nor fields:
 * the text never reaches a parser that knows wildcards, regular expressions or scripts.
 */
export const TEXT_SYNTAX = 'AND|OR|NOT|PHRASE|PRECEDENCE|WHITESPACE';

/** The query of a filter: exact conditions as cached filters, and no score, since results are sorted by time. */
export function toQuery(filter: LogFilter): Query {
  const conditions: Query[] = [];
  if (filter.services) conditions.push({ terms: { service: [...filter.services] } });
  if (filter.levels) conditions.push({ terms: { level: [...filter.levels] } });
  if (filter.severities) conditions.push({ terms: { 'anomaly.severity': [...filter.severities] } });
  if (filter.anomaly !== undefined) conditions.push({ term: { 'anomaly.is_anomaly': filter.anomaly } });
  if (filter.requestId !== undefined) conditions.push({ term: { request_id: filter.requestId } });
  if (filter.minScore !== undefined) conditions.push({ range: { 'anomaly.score': { gte: filter.minScore } } });
  if (filter.status) conditions.push(statusCondition(filter.status));
  if (filter.fromMs !== undefined || filter.toMs !== undefined) conditions.push(timeCondition(filter));
  if (filter.text !== undefined) {
    conditions.push({
      simple_query_string: { query: filter.text, fields: ['message'], default_operator: 'and', flags: TEXT_SYNTAX },
    });
  }
  return conditions.length === 0 ? { match_all: {} } : { bool: { filter: conditions } };
}

function statusCondition({ codes, classes }: NonNullable<LogFilter['status']>): Query {
  const choices: Query[] = classes.map((first) => ({
    range: { status_code: { gte: first * 100, lt: first * 100 + 100 } },
  }));
  if (codes.length > 0) choices.push({ terms: { status_code: [...codes] } });
  return { bool: { should: choices, minimum_should_match: 1 } };
}

function timeCondition({ fromMs, toMs }: LogFilter): Query {
  return {
    range: {
      '@timestamp': {
        ...(fromMs === undefined ? {} : { gte: fromMs }),
        ...(toMs === undefined ? {} : { lt: toMs }),
        format: 'epoch_millis',
      },
    },
  };
}

/** A record that counts as an error in figures. */
export const ERROR_QUERY: Query = {
  bool: {
    should: [{ terms: { level: ['error', 'fatal'] } }, { range: { status_code: { gte: 500 } } }],
    minimum_should_match: 1,
  },
};

/** Newest first. Equal times are told apart by where the record stands in Kafka: `_id` has no doc values to sort by. */
export const NEWEST_FIRST: Sort = [
  { '@timestamp': { order: 'desc', unmapped_type: 'date' } },
  { 'kafka.partition': { order: 'asc', unmapped_type: 'integer' } },
  { 'kafka.offset': { order: 'desc', unmapped_type: 'long' } },
];

export const HIGHEST_SCORE_FIRST: Sort = [
  { 'anomaly.score': { order: 'desc', unmapped_type: 'short' } },
  ...NEWEST_FIRST,
];
