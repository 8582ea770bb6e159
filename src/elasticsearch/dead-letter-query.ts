import type { estypes } from '@elastic/elasticsearch';
import type { LetterFilter } from '../domain/dead-letter';
import type { Query } from './search-query';

/**
 * The syntax that full text may use. Not PREFIX, FUZZY or SLOP, whose cost depends on the words stored, nor fields:
 * the text never reaches a parser that knows wildcards, regular expressions or scripts.
 */
const TEXT_SYNTAX = 'AND|OR|NOT|PHRASE|PRECEDENCE|WHITESPACE';

/** The query of a filter: exact conditions, and no score. */
export function toLetterQuery(filter: LetterFilter): Query {
  const conditions: Query[] = [];
  const oneOf = (field: string, values: readonly (string | number)[] | undefined) => {
    if (values) conditions.push({ terms: { [field]: [...values] } });
  };
  if (filter.ids) conditions.push({ ids: { values: [...filter.ids] } });
  oneOf('partition', filter.partitions);
  oneOf('reason.code', filter.codes);
  oneOf('state', filter.states);
  if (filter.fromMs !== undefined || filter.toMs !== undefined) {
    const { fromMs: gte, toMs: lt } = filter;
    const range = { ...(gte === undefined ? {} : { gte }), ...(lt === undefined ? {} : { lt }) };
    conditions.push({ range: { dead_lettered_at: { ...range, format: 'epoch_millis' } } });
  }
  if (filter.text !== undefined) {
    const fields = ['text', 'reason.detail'];
    conditions.push({
      simple_query_string: { query: filter.text, fields, default_operator: 'and', flags: TEXT_SYNTAX },
    });
  }
  return conditions.length === 0 ? { match_all: {} } : { bool: { filter: conditions } };
}

/** By place in Kafka, oldest first: a walk in this order meets each letter once. */
export const IN_ORDER: estypes.SortCombinations[] = [
  { generation: { order: 'asc', unmapped_type: 'integer' } },
  { partition: { order: 'asc', unmapped_type: 'integer' } },
  { offset: { order: 'asc', unmapped_type: 'long' } },
];

/** Newest first; letters of one moment by place. */
export const NEWEST_LETTER_FIRST: estypes.SortCombinations[] = [
  { dead_lettered_at: { order: 'desc', unmapped_type: 'date' } },
  ...IN_ORDER,
];
