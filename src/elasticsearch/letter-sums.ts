import type { estypes } from '@elastic/elasticsearch';
import { SETTLED_LETTER_STATES } from '../domain/dead-letter';

const settled = { terms: { state: [...SETTLED_LETTER_STATES] } };

/** What to ask of letters for {@link addedBy}. A letter that is settled has one document unless it says otherwise. */
export const ADDED: Record<string, estypes.AggregationsAggregationContainer> = {
  settled: { filter: settled, aggs: { documents: { sum: { field: 'documents', missing: 1 } } } },
  unsettled: { filter: { bool: { must_not: [settled] } }, aggs: { documents: { sum: { field: 'documents' } } } },
  kept: { sum: { field: 'kept' } },
};

interface Sum {
  value: number | null;
}

/** Answers to {@link ADDED}. */
export interface AddedSums {
  settled: { doc_count: number; documents: Sum };
  unsettled: { documents: Sum };
  kept: Sum;
}

/** Documents that messages have got since they were dead-lettered. */
export function addedBy({ settled: { documents }, unsettled, kept }: AddedSums): number {
  return (documents.value ?? 0) + (unsettled.documents.value ?? 0) - (kept.value ?? 0);
}

/** Letters whose message has documents all the same: they were redriven, or hold several log records. */
export const WITH_DOCUMENTS = {
  bool: { should: [settled, { range: { documents: { gt: 0 } } }], minimum_should_match: 1 },
};
